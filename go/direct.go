//go:build cgo && linux && (amd64 || arm64)

package gosbrk

// #include "gosbrk.h"
import "C"

import (
	"unsafe"

	"gosbrk/internal/direct"
)

// Direct is the package's functions as methods that call the library on the
// goroutine's own stack, without cgo's change of stack and its word to the
// scheduler, which takes most of the time of a call through cgo. Its zero value is
// ready for use, by any number of goroutines:
//
//	var sbrk gosbrk.Direct
//	buf, err := sbrk.Alloc(4096, "index")
//
// A method does and returns what the function of the same name does, and the two may
// be mixed call by call. What differs is what else can go on meanwhile:
//
//   - The goroutine keeps its P until the call is over: no other goroutine gets that
//     P, and a garbage collection waits for it. For a few pages that is less than a
//     microsecond. A call that clears or gives back much memory, or makes the segment
//     grow, takes longer. And any that finds another thread inside may sleep until it
//     has its turn: for 50 µs and more, for some milliseconds where others do nothing
//     but call. Where that matters, use the functions.
//   - Go's runtime cannot look through it. A CPU profile counts it as
//     runtime._ExternalCode, with no caller. When misuse ends the process, the line
//     that names the function, its arguments and the fault comes first as ever; but
//     the trace of the guilty goroutine shows memory in place of its callers. To see
//     these, build with the tag gosbrk_nodirect: then the methods are the functions.
//   - It needs 2 KiB of the goroutine's stack, which grows where they are not there.
type Direct struct{}

// entry is where the library's functions are.
var entry = struct {
	alloc, free, reserve, reserveAligned   uintptr
	mapped, unused, used                   uintptr
	hugePage, noHugePage, hugePageCollapse uintptr
	fault, needZeroAfterUnused, lastError  uintptr
}{
	alloc:               uintptr(C.sysAllocOS),
	free:                uintptr(C.sysFreeOS),
	reserve:             uintptr(C.sysReserveOS),
	reserveAligned:      uintptr(C.sysReserveAlignedSbrk),
	mapped:              uintptr(C.sysMapOS),
	unused:              uintptr(C.sysUnusedOS),
	used:                uintptr(C.sysUsedOS),
	hugePage:            uintptr(C.sysHugePageOS),
	noHugePage:          uintptr(C.sysNoHugePageOS),
	hugePageCollapse:    uintptr(C.sysHugePageCollapseOS),
	fault:               uintptr(C.sysFaultOS),
	needZeroAfterUnused: uintptr(C.needZeroAfterSysUnusedOS),
	lastError:           uintptr(C.gosbrk_last_error),
}

// Alloc is as the function [Alloc].
func (Direct) Alloc(n int, name string) ([]byte, error) {
	if viaCgo {
		return Alloc(n, name)
	}
	if n < 0 {
		return nil, ErrOverflow
	}
	size := roundToPage(uintptr(n))
	p, code := direct.SizedOrCode(entry.alloc, entry.lastError, size, name)
	if p == nil {
		return nil, allocError(C.int(code))
	}
	return unsafe.Slice((*byte)(p), size)[:n], nil
}

// Free is as the function [Free].
func (Direct) Free(b []byte) error {
	if viaCgo {
		return Free(b)
	}
	if cap(b) == 0 {
		return nil
	}
	return codeError(C.int(direct.RangeCode(entry.free, entry.lastError, unsafe.Pointer(unsafe.SliceData(b)), uintptr(cap(b)))))
}

// SysAllocOS is as the function [SysAllocOS].
func (Direct) SysAllocOS(n uintptr, vmaName string) unsafe.Pointer {
	if viaCgo {
		return SysAllocOS(n, vmaName)
	}
	return direct.Sized(entry.alloc, n, vmaName)
}

// SysFreeOS is as the function [SysFreeOS].
func (Direct) SysFreeOS(v unsafe.Pointer, n uintptr) {
	if viaCgo {
		SysFreeOS(v, n)
		return
	}
	direct.Range(entry.free, v, n)
}

// SysReserveOS is as the function [SysReserveOS].
func (Direct) SysReserveOS(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer {
	if viaCgo {
		return SysReserveOS(v, n, vmaName)
	}
	return direct.Placed(entry.reserve, v, n, vmaName)
}

// SysReserveAlignedSbrk is as the function [SysReserveAlignedSbrk].
func (Direct) SysReserveAlignedSbrk(size, align uintptr) (unsafe.Pointer, uintptr) {
	if viaCgo {
		return SysReserveAlignedSbrk(size, align)
	}
	return direct.Aligned(entry.reserveAligned, size, align)
}

// SysMapOS is as the function [SysMapOS].
func (Direct) SysMapOS(v unsafe.Pointer, n uintptr, vmaName string) {
	if viaCgo {
		SysMapOS(v, n, vmaName)
		return
	}
	direct.RangeNamed(entry.mapped, v, n, vmaName)
}

// SysUnusedOS is as the function [SysUnusedOS].
func (Direct) SysUnusedOS(v unsafe.Pointer, n uintptr) {
	if viaCgo {
		SysUnusedOS(v, n)
		return
	}
	direct.Range(entry.unused, v, n)
}

// SysUsedOS is as the function [SysUsedOS].
func (Direct) SysUsedOS(v unsafe.Pointer, n uintptr) {
	if viaCgo {
		SysUsedOS(v, n)
		return
	}
	direct.Range(entry.used, v, n)
}

// SysHugePageOS is as the function [SysHugePageOS].
func (Direct) SysHugePageOS(v unsafe.Pointer, n uintptr) {
	if viaCgo {
		SysHugePageOS(v, n)
		return
	}
	direct.Range(entry.hugePage, v, n)
}

// SysNoHugePageOS is as the function [SysNoHugePageOS].
func (Direct) SysNoHugePageOS(v unsafe.Pointer, n uintptr) {
	if viaCgo {
		SysNoHugePageOS(v, n)
		return
	}
	direct.Range(entry.noHugePage, v, n)
}

// SysHugePageCollapseOS is as the function [SysHugePageCollapseOS].
func (Direct) SysHugePageCollapseOS(v unsafe.Pointer, n uintptr) {
	if viaCgo {
		SysHugePageCollapseOS(v, n)
		return
	}
	direct.Range(entry.hugePageCollapse, v, n)
}

// SysFaultOS is as the function [SysFaultOS].
func (Direct) SysFaultOS(v unsafe.Pointer, n uintptr) {
	if viaCgo {
		SysFaultOS(v, n)
		return
	}
	direct.Range(entry.fault, v, n)
}

// NeedZeroAfterSysUnusedOS is as the function [NeedZeroAfterSysUnusedOS].
func (Direct) NeedZeroAfterSysUnusedOS() bool {
	if viaCgo {
		return NeedZeroAfterSysUnusedOS()
	}
	return direct.Bool(entry.needZeroAfterUnused)
}
