// Package raw makes two functions of the runtime callable from C, on whatever
// thread and without a g.
package raw

import "unsafe"

// Addresses gives C functions: uintptr_t allocate(uintptr_t n), which is
// sysAllocOS, and void release(uintptr_t p, uintptr_t n), which is sysFreeOS.
func Addresses() (allocate, release uintptr)

// Called from C only.
func allocFromC()
func freeFromC()

//go:nosplit
func alloc(n uintptr) uintptr {
	return uintptr(sysAllocOS(n, "test"))
}

//go:nosplit
func free(p, n uintptr) {
	sysFreeOS(*(*unsafe.Pointer)(unsafe.Pointer(&p)), n)
}

//go:linkname sysAllocOS runtime.sysAllocOS
func sysAllocOS(n uintptr, vmaName string) unsafe.Pointer

//go:linkname sysFreeOS runtime.sysFreeOS
func sysFreeOS(v unsafe.Pointer, n uintptr)
