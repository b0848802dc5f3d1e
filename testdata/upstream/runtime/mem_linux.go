// Takes the place of mem_linux.go, so that the Go runtime for Linux has the memory layer of
// an sbrk system: mem_sbrk.go, and the function sbrk of mem_plan9.go. All it has to add is
// the system call.
package runtime

import "unsafe"

const (
	_EACCES = 13
	_EINVAL = 22

	mapFixedNoReplace = 0x100000
	mapNoReserve      = 0x4000
)

var adviseUnused uint32

// brk_ is Plan 9's: it moves the end of memory to p.
func brk_(p unsafe.Pointer) int32 {
	flags := int32(_MAP_ANON | _MAP_PRIVATE | mapFixedNoReplace | mapNoReserve)
	n := uintptr(p) - blocMax
	if _, errno := mmap(unsafe.Pointer(blocMax), n, _PROT_READ|_PROT_WRITE, flags, -1, 0); errno != 0 {
		return -1
	}
	return 0
}
