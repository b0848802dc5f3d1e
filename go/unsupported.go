//go:build !linux || !(amd64 || arm64)

package gosbrk

// A string where an int belongs: the compiler's error shows the sentence.
var _ int = "gosbrk runs on linux/amd64 and linux/arm64 only: build with GOOS=linux and one of these GOARCH"
