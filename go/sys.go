//go:build cgo && linux && (amd64 || arm64)

package gosbrk

// The functions of runtime/mem_sbrk.go. The name strings and the out parameter
// stay in Go memory: the library reads a name only during the call (noescape)
// and never calls back (nocallback), so no call allocates or copies.

/*
#cgo noescape sysAllocOS
#cgo nocallback sysAllocOS
#cgo noescape sysFreeOS
#cgo nocallback sysFreeOS
#cgo noescape sysReserveOS
#cgo nocallback sysReserveOS
#cgo noescape sysReserveAlignedSbrk
#cgo nocallback sysReserveAlignedSbrk
#cgo noescape sysMapOS
#cgo nocallback sysMapOS
#cgo noescape sysUnusedOS
#cgo nocallback sysUnusedOS
#cgo noescape sysUsedOS
#cgo nocallback sysUsedOS
#cgo noescape sysHugePageOS
#cgo nocallback sysHugePageOS
#cgo noescape sysNoHugePageOS
#cgo nocallback sysNoHugePageOS
#cgo noescape sysHugePageCollapseOS
#cgo nocallback sysHugePageCollapseOS
#cgo noescape sysFaultOS
#cgo nocallback sysFaultOS
#cgo nocallback needZeroAfterSysUnusedOS
#include "gosbrk.h"
*/
import "C"

import "unsafe"

// SysAllocOS is sysAllocOS of mem_sbrk.go (Go 1.21; vmaName since 1.25).
//
// It moves n bytes, rounded up to pages, from None to Ready, zeroed: out of the
// first free block that is large enough, or else from the break. vmaName labels
// them in statistics and traces, and may be empty. The result is page-aligned;
// nil means out of memory, nothing changed, and LastError ErrNoMem. An n of zero
// is refused with ErrZero, one that wraps with ErrOverflow, where Go hands out
// memory that is in use.
func SysAllocOS(n uintptr, vmaName string) unsafe.Pointer {
	p, l := cName(vmaName)
	return C.sysAllocOS(C.uintptr_t(n), p, l)
}

// SysFreeOS is sysFreeOS of mem_sbrk.go (Go 1.21; free of nil is nothing since
// 1.27).
//
// It moves the n bytes at v, rounded up to pages, from any state to None. They
// are all of what one call returned, or a page-aligned part of it; only up to
// its end may n be unrounded. They go to the free list, merged with their
// neighbours, except that a range with v+n equal to bloc, n as given, goes back
// to the break and lowers bloc. A nil v does nothing, whatever n. Refused, with
// nothing changed: ErrZero, ErrOverflow, ErrUnaligned, ErrRange, ErrDoubleFree,
// ErrMismatch, ErrCorrupt; and ErrNoMem for what SysFaultOS closed and the kernel
// cannot open to clear.
func SysFreeOS(v unsafe.Pointer, n uintptr) {
	C.sysFreeOS(v, C.uintptr_t(n))
}

// SysReserveOS is sysReserveOS of mem_sbrk.go (Go 1.21; vmaName since 1.25).
//
// It moves n bytes, rounded up to pages, from None to Reserved, which in this
// layer is as good as Ready: with v equal to bloc, right there, by moving the
// break; with v nil, from anywhere, as SysAllocOS. Any other v is a
// hint that cannot be followed: nil, and nothing changed. So is running out of
// memory, with ErrNoMem. An n of zero or one that wraps is refused as in
// SysAllocOS.
func SysReserveOS(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer {
	p, l := cName(vmaName)
	return C.sysReserveOS(v, C.uintptr_t(n), p, l)
}

// SysReserveAlignedSbrk is sysReserveAlignedSbrk of mem_sbrk.go (Go 1.24; for
// ProfileWasmGo121, what sysReserveAligned of mem.go did before).
//
// It moves size bytes at a multiple of align from None to Reserved and returns
// their address and number. size is a multiple of the page, align a power of
// two. They come from a free block of size+align bytes, else from the break; what
// is skipped for alignment goes to the free list. It returns nil and 0, with
// nothing changed, when out of memory (ErrNoMem) or refused: ErrZero, ErrAlign,
// ErrUnaligned, ErrOverflow.
func SysReserveAlignedSbrk(size, align uintptr) (unsafe.Pointer, uintptr) {
	var reserved C.uintptr_t
	p := C.sysReserveAlignedSbrk(C.uintptr_t(size), C.uintptr_t(align), &reserved)
	return p, uintptr(reserved)
}

// SysMapOS is sysMapOS of mem_sbrk.go (Go 1.21; vmaName since 1.25).
//
// It moves the n bytes at v from Reserved to Prepared. Under AdviceGo it does
// nothing, under AdviceOS it makes them accessible.
//
// As for all calls that only advise, an n of zero does nothing, and there is no
// result. Under AdviceGo the arguments are not looked at. Under AdviceOS the range
// must be handed out: else the call is refused with ErrRange, ErrUnaligned or
// ErrOverflow; and the kernel may be out of memory for it, ErrNoMem.
func SysMapOS(v unsafe.Pointer, n uintptr, vmaName string) {
	p, l := cName(vmaName)
	C.sysMapOS(v, C.uintptr_t(n), p, l)
}

// SysUnusedOS is sysUnusedOS of mem_sbrk.go (Go 1.21).
//
// It moves the n bytes at v from Ready to Prepared: their contents are no longer
// needed. Under AdviceGo it does nothing, under AdviceOS it gives their physical
// pages back, and they read as zero. n is in whole pages then.
func SysUnusedOS(v unsafe.Pointer, n uintptr) {
	C.sysUnusedOS(v, C.uintptr_t(n))
}

// SysUsedOS is sysUsedOS of mem_sbrk.go (Go 1.21).
//
// It moves the n bytes at v from Prepared to Ready. Under AdviceGo it does
// nothing, under AdviceOS it makes them accessible.
func SysUsedOS(v unsafe.Pointer, n uintptr) {
	C.sysUsedOS(v, C.uintptr_t(n))
}

// SysHugePageOS is sysHugePageOS of mem_sbrk.go (Go 1.21).
//
// It changes no state. Under AdviceGo it does nothing, under AdviceOS it asks for
// huge pages for the n bytes at v.
func SysHugePageOS(v unsafe.Pointer, n uintptr) {
	C.sysHugePageOS(v, C.uintptr_t(n))
}

// SysNoHugePageOS is sysNoHugePageOS of mem_sbrk.go (Go 1.21).
//
// It changes no state. Under AdviceGo it does nothing, under AdviceOS it asks for
// no huge pages for the n bytes at v.
func SysNoHugePageOS(v unsafe.Pointer, n uintptr) {
	C.sysNoHugePageOS(v, C.uintptr_t(n))
}

// SysHugePageCollapseOS is sysHugePageCollapseOS of mem_sbrk.go (Go 1.21).
//
// It changes no state. Under AdviceGo it does nothing, under AdviceOS it asks the
// kernel to put the n bytes at v into huge pages now.
func SysHugePageCollapseOS(v unsafe.Pointer, n uintptr) {
	C.sysHugePageCollapseOS(v, C.uintptr_t(n))
}

// SysFaultOS is sysFaultOS of mem_sbrk.go (Go 1.21).
//
// It moves the n bytes at v from Prepared or Ready to Reserved. Under AdviceGo it
// does nothing, under AdviceOS touching them faults until SysMapOS or SysUsedOS.
func SysFaultOS(v unsafe.Pointer, n uintptr) {
	C.sysFaultOS(v, C.uintptr_t(n))
}

// NeedZeroAfterSysUnusedOS is needZeroAfterSysUnusedOS of mem_sbrk.go (Go 1.26):
// whether memory must be cleared after SysUnusedOS and SysUsedOS before it can be
// taken for zero. It is true under AdviceGo, where the bytes stay, and false under
// AdviceOS, where they are gone.
func NeedZeroAfterSysUnusedOS() bool {
	return bool(C.needZeroAfterSysUnusedOS())
}

// cName is a name as C takes it: the string's own bytes.
func cName(s string) (*C.char, C.size_t) {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.size_t(len(s))
}
