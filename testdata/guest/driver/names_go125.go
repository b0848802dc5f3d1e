//go:build go1.25

package main

import "unsafe"

// vmaName is passed as the name of every range. The layer ignores it.
const vmaName = "driver"

//go:linkname sysAllocOS runtime.sysAllocOS
func sysAllocOS(n uintptr, vmaName string) unsafe.Pointer

//go:linkname sysReserveOS runtime.sysReserveOS
func sysReserveOS(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer

//go:linkname sysMapOS runtime.sysMapOS
func sysMapOS(v unsafe.Pointer, n uintptr, vmaName string)

func alloc(n uintptr) unsafe.Pointer {
	return sysAllocOS(n, vmaName)
}

func reserve(v unsafe.Pointer, n uintptr) unsafe.Pointer {
	return sysReserveOS(v, n, vmaName)
}

func mapPages(v unsafe.Pointer, n uintptr) {
	sysMapOS(v, n, vmaName)
}
