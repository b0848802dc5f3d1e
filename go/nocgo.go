//go:build linux && (amd64 || arm64) && !cgo

package gosbrk

// A string where an int belongs: the compiler's error shows the sentence.
var _ int = "gosbrk needs cgo: install a C compiler and build with CGO_ENABLED=1"
