// Package raw calls two functions of the runtime from outside: from C, on whatever
// thread and without a g, and from Go on each stack that a g can have. A program
// that uses it is built with -ldflags=-checklinkname=0.
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

// Alloc gives n bytes of sysAllocOS; none when there is no memory.
func Alloc(n int) []byte {
	p := (*byte)(sysAllocOS(uintptr(n), "test"))
	if p == nil {
		return nil
	}
	return unsafe.Slice(p, n)
}

// Free gives to sysFreeOS what Alloc gave.
func Free(b []byte) {
	sysFreeOS(unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)))
}

// OnSystemStack calls f on the stack of the thread's g0.
func OnSystemStack(f func()) {
	systemstack(f)
}

// OnSignalStack has f called for SIGUSR1, on the stack of gsignal and as that g.
func OnSignalStack(f func()) {
	testSigusr1 = func(unsafe.Pointer) bool {
		f()
		return true
	}
}

//go:linkname systemstack runtime.systemstack
func systemstack(f func())

// testSigusr1 is where the runtime's own tests come into its signal handler.
//
//go:linkname testSigusr1 runtime.testSigusr1
var testSigusr1 func(gp unsafe.Pointer) bool
