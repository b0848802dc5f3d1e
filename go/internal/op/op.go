// Package op describes calls of the sbrk memory layer: their values, their text notation,
// scripts of them, and a random generator that stays inside what a correct caller may do.
//
// Addresses are offsets from the base of the segment, so that one op means the same to
// engines whose memory lies elsewhere.
package op

import "math"

// Ptr is an address as an offset from the segment's base.
type Ptr uint64

// Nil is the null pointer.
const Nil Ptr = math.MaxUint64

// Kind says which function of the memory layer an op calls.
type Kind uint8

// The functions of mem_sbrk.go, in the order in which the notation documents them.
const (
	Alloc          Kind = iota // sysAllocOS
	Free                       // sysFreeOS
	Reserve                    // sysReserveOS
	ReserveAligned             // sysReserveAlignedSbrk
	Map                        // sysMapOS
	Unused                     // sysUnusedOS
	Used                       // sysUsedOS
	HugePage                   // sysHugePageOS
	NoHugePage                 // sysNoHugePageOS
	Collapse                   // sysHugePageCollapseOS
	Fault                      // sysFaultOS
	numKinds
)

// kindNames are the words of the text notation.
var kindNames = [numKinds]string{
	"alloc", "free", "reserve", "reserve-aligned", "map", "unused", "used", "hugepage", "nohugepage", "collapse", "fault",
}

// String is the kind's word in the text notation.
func (k Kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return "invalid"
}

// Kinds lists every kind, in order.
func Kinds() []Kind {
	all := make([]Kind, numKinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Returns reports whether the function returns an address.
func (k Kind) Returns() bool { return k == Alloc || k == Reserve || k == ReserveAligned }

// takesAddr reports whether the function's first argument is an address.
func (k Kind) takesAddr() bool { return k != Alloc && k != ReserveAligned }

// takesName reports whether the function has a vmaName argument.
func (k Kind) takesName() bool { return k == Alloc || k == Reserve || k == Map }

// Op is one call.
type Op struct {
	Kind  Kind
	V     Ptr    // the address; unused by Alloc and ReserveAligned
	N     uint64 // bytes
	Align uint64 // ReserveAligned only
	Name  string // vmaName; Alloc, Reserve and Map only
}

// Result is what a call returned. Of calls that return nothing it is the zero value.
type Result struct {
	P Ptr    // Alloc, Reserve, ReserveAligned: the address, or Nil
	N uint64 // ReserveAligned: the bytes reserved, 0 with Nil
}
