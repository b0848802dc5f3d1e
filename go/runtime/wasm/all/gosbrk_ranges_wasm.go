// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import "unsafe"

// The functions of mem_sbrk.go under their own names. The command has renamed Go's, which
// these call. A call and what is written of it happen on the system stack: a stack that
// grew in between would call the layer, and be recorded out of turn. Addresses cross over
// as uintptr, because no write barrier may come there.
//
// Here are the functions that are alike in all releases.

func sysFreeOS(v unsafe.Pointer, n uintptr) {
	gosbrkRange(gosbrkFree, v, n, gosbrkUnrecorded_sysFreeOS)
}

func sysUnusedOS(v unsafe.Pointer, n uintptr) {
	gosbrkRange(gosbrkUnused, v, n, gosbrkUnrecorded_sysUnusedOS)
}

func sysUsedOS(v unsafe.Pointer, n uintptr) {
	gosbrkRange(gosbrkUsed, v, n, gosbrkUnrecorded_sysUsedOS)
}

func sysHugePageOS(v unsafe.Pointer, n uintptr) {
	gosbrkRange(gosbrkHuge, v, n, gosbrkUnrecorded_sysHugePageOS)
}

func sysNoHugePageOS(v unsafe.Pointer, n uintptr) {
	gosbrkRange(gosbrkNoHuge, v, n, gosbrkUnrecorded_sysNoHugePageOS)
}

func sysHugePageCollapseOS(v unsafe.Pointer, n uintptr) {
	gosbrkRange(gosbrkCollapse, v, n, gosbrkUnrecorded_sysHugePageCollapseOS)
}

func sysFaultOS(v unsafe.Pointer, n uintptr) {
	gosbrkRange(gosbrkFault, v, n, gosbrkUnrecorded_sysFaultOS)
}

// gosbrkRange makes a call for a range, and records it.
func gosbrkRange(kind uint8, v unsafe.Pointer, n uintptr, call func(unsafe.Pointer, uintptr)) {
	systemstack(func() {
		gosbrkBefore()
		call(v, n)
		gosbrkAfter(kind, uintptr(v), n, 0, 0, n, 0, "")
	})
}
