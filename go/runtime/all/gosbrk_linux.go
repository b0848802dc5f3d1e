// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

import (
	"internal/abi"
	"unsafe"
)

// The break moves up only, and mem.go asks sysReserveAlignedSbrk for arenas.
const isSbrkPlatform = true

// mem_linux.go has the first two for all of the package.
const (
	_EACCES = 13
	_EINVAL = 22

	gosbrkENOMEM = 12
	gosbrkEAGAIN = 11
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
	thread   uintptr // address of the thread's m; 0: it has no g
	more     uintptr // see gosbrk_trace_linux.go
	moreSize uintptr
	p        uintptr // answer: an address, or nil
	size     uintptr // answer of sysReserveAlignedSbrk: bytes at p
	errno    uintptr // answer: why the kernel refused; 0: it did not
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
	gosbrkDone    = 0
	gosbrkRefused = -1
)

// gosbrkRuntime is the library's function, for asmcgocall.
func gosbrkRuntime()

// gosbrkCall calls the library on the system stack, as asmcgocall finds it: on
// the stack of a goroutine it moves to g0's; on g0, on gsignal, and in a thread
// that has no g it stays where it is.
//
// It reports whether the call was granted. If not, r.p is nil, r.errno says what the
// kernel said, and where the runtime does not go on, the library has written the reason
// to standard error. When a call breaks a rule the library has written that, and the
// program ends.
//
//go:nosplit
func gosbrkCall(r *gosbrkRequest) bool {
	if !gosbrkStarted {
		gosbrkStart()
	}
	r.state = uintptr(unsafe.Pointer(&gosbrkState))
	r.thread = gosbrkThread()
	switch asmcgocall(unsafe.Pointer(abi.FuncPCABI0(gosbrkRuntime)), unsafe.Pointer(r)) {
	case gosbrkDone:
		return true
	case gosbrkRefused:
		return false
	}
	throw("gosbrk: the memory layer was called against its rules")
	return false
}

// gosbrkThread gives the address of the thread's m, which no other thread has at the
// time; 0 in a thread that has no g.
//
//go:nosplit
func gosbrkThread() uintptr {
	if gp := getg(); gp != nil {
		return uintptr(unsafe.Pointer(gp.m))
	}
	return 0
}

// gosbrkNoMemory ends the program as Go's sysAllocOS does where it does not give nil.
//
//go:nosplit
func gosbrkNoMemory(errno uintptr) {
	switch errno {
	case _EACCES:
		print("runtime: mmap: access denied\n")
		exit(2)
	case gosbrkEAGAIN:
		print("runtime: mmap: too much locked memory (check 'ulimit -l').\n")
		exit(2)
	}
}

// gosbrkNoScavengeIndex ends a program whose scavenge index cannot be reserved. The
// runtime would use nil. With Go's own constants that happens to work, because parts of
// the table are then mapped at addresses that nobody uses (see perform.rs); with those of
// the layout compact the addresses are too low for that.
func gosbrkNoScavengeIndex() {
	if gosbrkCompact == 1 {
		throw("failed to reserve scavenge index memory")
	}
}
