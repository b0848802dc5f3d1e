//go:build cgo && linux && (amd64 || arm64)

package gosbrk

/*
#cgo noescape gosbrk_get_stats
#cgo nocallback gosbrk_get_stats
#include "gosbrk.h"
*/
import "C"

import "unsafe"

// Statistics is what the library has counted since Init (gosbrk_stats). Sizes
// are in bytes.
type Statistics struct {
	InUse      uintptr          // handed out and not freed
	Free       uintptr          // on the free list
	FreeBlocks uintptr          // blocks on the free list
	HighWater  uintptr          // the most the segment has held; it never shrinks
	Resident   uintptr          // in physical memory
	Metadata   uintptr          // mapped for the library's records, outside the segment
	Growths    uint64           // times the segment grew
	Refusals   uint64           // calls that failed, out of memory included
	ByName     []NameStatistics // in the order the names came
}

// NameStatistics is what was asked for under one name. It only goes up, for a
// free says no name.
type NameStatistics struct {
	Name  string // cut to 39 bytes; "(unnamed)" for none, "(others)" when there were too many
	Calls uint64 // allocations, reservations and SysMapOS
	Bytes uint64 // that they asked for
}

// Stats returns the library's counters as of one moment (gosbrk_get_stats).
func Stats() Statistics {
	c := C.gosbrk_stats{size: C.sizeof_gosbrk_stats}
	C.gosbrk_get_stats(&c)
	s := Statistics{
		InUse:      uintptr(c.in_use),
		Free:       uintptr(c.free),
		FreeBlocks: uintptr(c.free_blocks),
		HighWater:  uintptr(c.high_water),
		Resident:   uintptr(c.resident),
		Metadata:   uintptr(c.metadata),
		Growths:    uint64(c.growths),
		Refusals:   uint64(c.refusals),
		ByName:     make([]NameStatistics, c.names),
	}
	for i := range s.ByName {
		n := &c.by_name[i]
		s.ByName[i] = NameStatistics{
			Name:  cString(n.name[:]),
			Calls: uint64(n.calls),
			Bytes: uint64(n.bytes),
		}
	}
	return s
}

// cString copies the string in an array of the library's: up to a NUL or the end.
func cString(a []C.char) string {
	b := unsafe.Slice((*byte)(unsafe.Pointer(&a[0])), len(a))
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
