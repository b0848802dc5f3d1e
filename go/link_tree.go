//go:build cgo && linux && amd64 && !gosbrk_pkgconfig

package gosbrk

// How the package finds the library: in the project's own tree. Every cgo flag
// of this link mode is here and nowhere else; link_pkgconfig.go is the other.
//
// The go command does not look into files outside the package's directory, so
// a changed libgosbrk.a alone would neither relink a program nor rerun a test.
// "make lib" therefore writes archive_hash.go beside this file, with the
// archive's hash in it: a new hash is a new package, and everything above it is
// linked again. Nothing needs that file to exist.

/*
#cgo CFLAGS: -I${SRCDIR}/../include
#cgo LDFLAGS: ${SRCDIR}/../target/release/libgosbrk.a

// Looked up from include/. Better said here than by the linker.
#if !__has_include("../target/release/libgosbrk.a")
#error "gosbrk: target/release/libgosbrk.a is not built: run 'make lib' at the top of the gosbrk tree, or build with '-tags gosbrk_pkgconfig' to use an installed one"
#endif
*/
import "C"
