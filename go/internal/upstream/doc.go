// Package upstream holds docs/upstream.md to the truth. Its tests compile the programs of
// testdata/upstream, which show defects in Go's own memory layer, together with that
// layer's source as it is in a Go root, and compare what they print with the document.
//
// There are three kinds of program. Most call the layer directly: they are one package
// with it, as the engines of package oracle are. One is an ordinary program for Linux on
// 386, on a Go runtime whose memory layer is that of an sbrk system. One is an ordinary
// program for WebAssembly.
package upstream
