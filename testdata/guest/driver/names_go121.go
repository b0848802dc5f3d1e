//go:build !go1.25

package main

import "unsafe"

// Before Go 1.25 the layer's functions take no name for the range.

//go:linkname alloc runtime.sysAllocOS
func alloc(n uintptr) unsafe.Pointer

//go:linkname reserve runtime.sysReserveOS
func reserve(v unsafe.Pointer, n uintptr) unsafe.Pointer

//go:linkname mapPages runtime.sysMapOS
func mapPages(v unsafe.Pointer, n uintptr)
