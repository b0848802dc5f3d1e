//go:build cgo && linux && (amd64 || arm64) && !gosbrk_pkgconfig

package gosbrk

// How the package finds the library: inside the module. Every cgo flag of this link
// mode is here and nowhere else; link_pkgconfig.go is the other.
//
// "make archive" puts the library into this directory of a source tree; a release has
// it, and the header, already. So a copy of the module, or a vendored one, builds by
// itself.
//
// The go command does not look into archives, so a changed one alone would neither
// relink a program nor rerun a test. "make archive" therefore writes
// archive_linux_ARCH.go beside this file, with the archive's hash in it: a new hash is
// a new package, and everything above it is linked again. Nothing needs that file to
// exist.

/*
// A release has the header here, a source tree in include/.
#cgo CFLAGS: -I${SRCDIR} -I${SRCDIR}/../include
#cgo amd64 LDFLAGS: ${SRCDIR}/libgosbrk_linux_amd64.a
#cgo arm64 LDFLAGS: ${SRCDIR}/libgosbrk_linux_arm64.a

// Better said here than by the linker.
#if defined(__aarch64__)
#if !__has_include("libgosbrk_linux_arm64.a")
#error "gosbrk: libgosbrk_linux_arm64.a is not in the module: run 'make archive TARGET=aarch64' at the top of the gosbrk tree, or build with '-tags gosbrk_pkgconfig' to use an installed one"
#endif
#elif !__has_include("libgosbrk_linux_amd64.a")
#error "gosbrk: libgosbrk_linux_amd64.a is not in the module: run 'make lib' or 'make archive' at the top of the gosbrk tree, or build with '-tags gosbrk_pkgconfig' to use an installed one"
#endif
*/
import "C"
