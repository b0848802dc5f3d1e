// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

import "unsafe"

// The functions about memory that stays with the runtime. What a refusal means is as
// in Go's mem_linux.go, in its words; the library has said which limit it was.

// gosbrkHint is a call that gives nothing.
func gosbrkHint(function uintptr, v unsafe.Pointer, n uintptr) (errno uintptr, ok bool) {
	r := gosbrkRequest{function: function, v: uintptr(v), n: n}
	ok = gosbrkCall(&r)
	return r.errno, ok
}

// gosbrkMapped is the rest of sysMapOS.
func gosbrkMapped(r *gosbrkRequest, ok bool) {
	v := unsafe.Pointer(r.v)
	if !ok {
		if r.errno == gosbrkENOMEM {
			throw("runtime: out of memory")
		}
		print("runtime: mmap(", v, ", ", r.n, ") returned ", r.p, ", ", r.errno, "\n")
		throw("runtime: cannot map pages in arena address space")
	}
	if debug.disablethp != 0 {
		// Small ranges too: with their neighbours they may make a huge page.
		gosbrkHint(gosbrkNoHugePage, v, r.n)
	}
}

func sysUnusedOS(v unsafe.Pointer, n uintptr) {
	if _, ok := gosbrkHint(gosbrkUnused, v, n); !ok {
		// The kernel neither takes the pages back nor puts fresh ones in their place.
		memclrNoHeapPointers(v, n)
	}
	if debug.harddecommit > 0 {
		if _, ok := gosbrkHint(gosbrkFault, v, n); !ok {
			throw("runtime: cannot disable permissions in address space")
		}
	}
}

// sysUsedOS has nothing to do but with harddecommit, which closes what is not used.
func sysUsedOS(v unsafe.Pointer, n uintptr) {
	if debug.harddecommit == 0 {
		gosbrkNoted(gosbrkUsed, v, n)
		return
	}
	errno, ok := gosbrkHint(gosbrkUsed, v, n)
	if !ok && errno == gosbrkENOMEM {
		throw("runtime: out of memory")
	}
	if !ok {
		throw("runtime: cannot remap pages in address space")
	}
}

func sysHugePageOS(v unsafe.Pointer, n uintptr) {
	gosbrkHint(gosbrkHugePage, v, n)
}

// sysNoHugePageOS passes the hint on where it can matter: where a huge page fits in
// the range. On Go's small tables it would do no more than split the heap's one
// mapping into many.
func sysNoHugePageOS(v unsafe.Pointer, n uintptr) {
	if physHugePageSize != 0 && n >= physHugePageSize {
		gosbrkHint(gosbrkNoHugePage, v, n)
	}
}

func sysHugePageCollapseOS(v unsafe.Pointer, n uintptr) {
	gosbrkHint(gosbrkHugePageCollapse, v, n)
}

// sysFaultOS does what it can, as in mem_linux.go: where the kernel refuses, the range
// does not fault, and the next sysMapOS puts fresh pages in its place nevertheless.
//
// Where nothing goes back to the kernel, and all memory is accessible, nothing faults.
// The runtime relies on zeros after the next sysMapOS, so they are made here.
func sysFaultOS(v unsafe.Pointer, n uintptr) {
	if !gosbrkReleases && gosbrkCloses == 0 {
		memclrNoHeapPointers(v, n)
		gosbrkNoted(gosbrkFault, v, n)
		return
	}
	gosbrkHint(gosbrkFault, v, n)
}
