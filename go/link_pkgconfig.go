//go:build cgo && linux && (amd64 || arm64) && gosbrk_pkgconfig

package gosbrk

// How the package finds the library: where it is installed, by pkg-config. Every
// cgo flag of this link mode is here and nowhere else; link_tree.go is the other.
//
// If the library is not in a standard place, say where:
//
//	PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig go build -tags gosbrk_pkgconfig
//
// The go command's cache knows neither pkg-config's answer nor the archive. After
// installing another library or moving to another prefix, build once with -a.

// #cgo pkg-config: gosbrk
import "C"
