// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

import "unsafe"

// sysAllocOS may be called without a g, so the stack must not be split.
//
//go:nosplit
func sysAllocOS(n uintptr) unsafe.Pointer {
	r := gosbrkRequest{function: gosbrkAlloc, n: n}
	if !gosbrkCall(&r) {
		gosbrkNoMemory(r.errno)
	}
	return unsafe.Pointer(r.p)
}

// sysFreeOS may be called without a g, so the stack must not be split.
//
//go:nosplit
func sysFreeOS(v unsafe.Pointer, n uintptr) {
	// Where the kernel refuses, the range is lost, as with Go's munmap.
	gosbrkCall(&gosbrkRequest{function: gosbrkFree, v: uintptr(v), n: n})
}

func sysReserveOS(v unsafe.Pointer, n uintptr) unsafe.Pointer {
	r := gosbrkRequest{function: gosbrkReserve, v: uintptr(v), n: n}
	gosbrkCall(&r)
	// This release gives no names. The size is that of the scavenge index, and of the
	// last page summary, without which the runtime gives up as well.
	if r.p == 0 && v == nil && n == (1<<heapAddrBits)/pallocChunkBytes*unsafe.Sizeof(uint64(0)) {
		gosbrkNoScavengeIndex()
	}
	return unsafe.Pointer(r.p)
}

func sysReserveAlignedSbrk(size, align uintptr) (unsafe.Pointer, uintptr) {
	r := gosbrkRequest{function: gosbrkReserveAligned, n: size, align: align}
	gosbrkCall(&r)
	return unsafe.Pointer(r.p), r.size
}

func sysMapOS(v unsafe.Pointer, n uintptr) {
	r := gosbrkRequest{function: gosbrkMap, v: uintptr(v), n: n}
	// This release gives no names, but the heap's memory has metadata of its own.
	i := arenaIndex(uintptr(v))
	if arenas := mheap_.arenas[i.l1()]; arenas != nil && arenas[i.l2()] != nil {
		gosbrkMapped(&r, gosbrkGrown(&r))
	} else {
		gosbrkMapped(&r, gosbrkCall(&r))
	}
}

// gosbrkProcessors tells how many processors the program may use.
func gosbrkProcessors() int32 {
	return ncpu
}

// gosbrkDecorate does nothing: this release gives no names.
func gosbrkDecorate() {}
