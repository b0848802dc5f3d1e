// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import (
	"internal/abi"
	"unsafe"
)

// The break moves up only, and mem.go asks sysReserveAlignedSbrk for arenas.
const isSbrkPlatform = true

// mem_linux.go has these two for all of the package.
const (
	_EACCES = 13
	_EINVAL = 22
)

// gosbrkState is the library's memory: it has no variables of its own. Words,
// because the garbage collector shall find no pointer in it.
var gosbrkState [1024]uint64

// gosbrkRequest is one call and room for its answer. The library has the same
// struct.
type gosbrkRequest struct {
	state    uintptr // of gosbrkState
	function uintptr
	v        uintptr
	n        uintptr
	align    uintptr
	name     *byte
	nameSize uintptr
	p        uintptr // answer: an address, or nil
	size     uintptr // answer of sysReserveAlignedSbrk: bytes at p
}

// The numbers of the library's functions.
const (
	_ uintptr = iota
	gosbrkAlloc
	gosbrkFree
	gosbrkReserve
	gosbrkReserveAligned
	gosbrkMap
	gosbrkUnused
	gosbrkUsed
	gosbrkHugePage
	gosbrkNoHugePage
	gosbrkHugePageCollapse
	gosbrkFault
)

// What the library says of a call, besides the codes of its errors.
const (
	gosbrkDone      = 0
	gosbrkAtCeiling = -1
)

// gosbrkRuntime is the library's function, for asmcgocall.
func gosbrkRuntime()

// gosbrkCall calls the library on the system stack, as asmcgocall finds it: on
// the stack of a goroutine it moves to g0's; on g0, on gsignal, and in a thread
// that has no g it stays where it is.
//
// Out of memory leaves nil in r.p. When a call breaks a rule the library has
// written so to standard error, and the program ends.
//
//go:nosplit
func gosbrkCall(r *gosbrkRequest) {
	if !gosbrkStarted {
		gosbrkStart()
	}
	r.state = uintptr(unsafe.Pointer(&gosbrkState))
	switch asmcgocall(unsafe.Pointer(abi.FuncPCABI0(gosbrkRuntime)), unsafe.Pointer(r)) {
	case gosbrkDone:
	case gosbrkAtCeiling:
		print(gosbrkCeilingText)
	default:
		throw("gosbrk: the memory layer was called against its rules")
	}
}

// gosbrkHint is a call that gives nothing.
func gosbrkHint(function uintptr, v unsafe.Pointer, n uintptr) {
	gosbrkCall(&gosbrkRequest{function: function, v: uintptr(v), n: n})
}

// gosbrkNoHugePages passes sysNoHugePageOS on where it can matter: where a huge
// page fits in the range. On Go's small tables it would do no more than split
// the heap's one mapping into many.
func gosbrkNoHugePages(v unsafe.Pointer, n uintptr) {
	if physHugePageSize != 0 && n >= physHugePageSize {
		gosbrkHint(gosbrkNoHugePage, v, n)
	}
}
