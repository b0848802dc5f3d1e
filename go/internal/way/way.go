// Package way has the two ways to call the library from Go as values, for whoever does the
// same with both.
package way

import (
	"unsafe"

	"gosbrk"
)

// Calls is one way to call the library.
type Calls struct {
	Name string

	Alloc func(n int, name string) ([]byte, error)
	Free  func(b []byte) error

	SysAllocOS               func(n uintptr, vmaName string) unsafe.Pointer
	SysFreeOS                func(v unsafe.Pointer, n uintptr)
	SysReserveOS             func(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer
	SysReserveAlignedSbrk    func(size, align uintptr) (unsafe.Pointer, uintptr)
	SysMapOS                 func(v unsafe.Pointer, n uintptr, vmaName string)
	SysUnusedOS              func(v unsafe.Pointer, n uintptr)
	SysUsedOS                func(v unsafe.Pointer, n uintptr)
	SysHugePageOS            func(v unsafe.Pointer, n uintptr)
	SysNoHugePageOS          func(v unsafe.Pointer, n uintptr)
	SysHugePageCollapseOS    func(v unsafe.Pointer, n uintptr)
	SysFaultOS               func(v unsafe.Pointer, n uintptr)
	NeedZeroAfterSysUnusedOS func() bool
}

// Cgo is the functions of package gosbrk.
var Cgo = &Calls{
	Name:                     "cgo",
	Alloc:                    gosbrk.Alloc,
	Free:                     gosbrk.Free,
	SysAllocOS:               gosbrk.SysAllocOS,
	SysFreeOS:                gosbrk.SysFreeOS,
	SysReserveOS:             gosbrk.SysReserveOS,
	SysReserveAlignedSbrk:    gosbrk.SysReserveAlignedSbrk,
	SysMapOS:                 gosbrk.SysMapOS,
	SysUnusedOS:              gosbrk.SysUnusedOS,
	SysUsedOS:                gosbrk.SysUsedOS,
	SysHugePageOS:            gosbrk.SysHugePageOS,
	SysNoHugePageOS:          gosbrk.SysNoHugePageOS,
	SysHugePageCollapseOS:    gosbrk.SysHugePageCollapseOS,
	SysFaultOS:               gosbrk.SysFaultOS,
	NeedZeroAfterSysUnusedOS: gosbrk.NeedZeroAfterSysUnusedOS,
}

var sbrk gosbrk.Direct

// Direct is the methods of gosbrk.Direct.
var Direct = &Calls{
	Name:                     "direct",
	Alloc:                    sbrk.Alloc,
	Free:                     sbrk.Free,
	SysAllocOS:               sbrk.SysAllocOS,
	SysFreeOS:                sbrk.SysFreeOS,
	SysReserveOS:             sbrk.SysReserveOS,
	SysReserveAlignedSbrk:    sbrk.SysReserveAlignedSbrk,
	SysMapOS:                 sbrk.SysMapOS,
	SysUnusedOS:              sbrk.SysUnusedOS,
	SysUsedOS:                sbrk.SysUsedOS,
	SysHugePageOS:            sbrk.SysHugePageOS,
	SysNoHugePageOS:          sbrk.SysNoHugePageOS,
	SysHugePageCollapseOS:    sbrk.SysHugePageCollapseOS,
	SysFaultOS:               sbrk.SysFaultOS,
	NeedZeroAfterSysUnusedOS: sbrk.NeedZeroAfterSysUnusedOS,
}
