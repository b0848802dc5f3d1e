//go:build go1.24

package main

import "unsafe"

//go:linkname reserveAligned runtime.sysReserveAlignedSbrk
func reserveAligned(size, align uintptr) (unsafe.Pointer, uintptr)
