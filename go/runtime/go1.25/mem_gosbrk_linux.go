// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

import "unsafe"

// sysAllocOS may be called without a g, so the stack must not be split.
//
//go:nosplit
func sysAllocOS(n uintptr, vmaName string) unsafe.Pointer {
	r := gosbrkRequest{function: gosbrkAlloc, n: n, name: unsafe.StringData(vmaName), nameSize: uintptr(len(vmaName))}
	if !gosbrkCall(&r) {
		gosbrkNoMemory(r.errno)
		if vmaName == "GC span queue" {
			// The runtime would not look at nil, and fault later.
			throw("runtime: cannot allocate memory")
		}
		return nil
	}
	if gosbrkDecorates {
		setVMAName(unsafe.Pointer(r.p), n, vmaName)
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

func sysReserveOS(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer {
	r := gosbrkRequest{function: gosbrkReserve, v: uintptr(v), n: n, name: unsafe.StringData(vmaName), nameSize: uintptr(len(vmaName))}
	gosbrkCall(&r)
	if r.p == 0 && vmaName == "scavenge index" {
		gosbrkNoScavengeIndex()
	}
	if gosbrkDecorates && r.p != 0 {
		setVMAName(unsafe.Pointer(r.p), n, vmaName)
	}
	return unsafe.Pointer(r.p)
}

func sysReserveAlignedSbrk(size, align uintptr) (unsafe.Pointer, uintptr) {
	r := gosbrkRequest{function: gosbrkReserveAligned, n: size, align: align}
	gosbrkCall(&r)
	return unsafe.Pointer(r.p), r.size
}

func sysMapOS(v unsafe.Pointer, n uintptr, vmaName string) {
	r := gosbrkRequest{function: gosbrkMap, v: uintptr(v), n: n, name: unsafe.StringData(vmaName), nameSize: uintptr(len(vmaName))}
	var ok bool
	if vmaName == "heap" {
		ok = gosbrkGrown(&r)
	} else {
		ok = gosbrkCall(&r)
	}
	if ok && gosbrkDecorates {
		setVMAName(v, n, vmaName)
	}
	gosbrkMapped(&r, ok)
}

// gosbrkProcessors tells how many processors the program may use.
func gosbrkProcessors() int32 {
	return numCPUStartup
}

// gosbrkDecorate has setVMAName work before GODEBUG is read.
func gosbrkDecorate() {
	debug.decoratemappings = 1
}
