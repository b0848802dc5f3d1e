//go:build !go1.24

package main

import "unsafe"

// Before Go 1.24 the layer has no aligned reservation of its own: malloc.go
// reserves size+align and gives back what it does not need.

//go:linkname sysReserveAligned runtime.sysReserveAligned
func sysReserveAligned(v unsafe.Pointer, size, align uintptr) (unsafe.Pointer, uintptr)

func reserveAligned(size, align uintptr) (unsafe.Pointer, uintptr) {
	return sysReserveAligned(nil, size, align)
}
