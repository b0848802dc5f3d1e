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
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysFreeOS(v, n)
		gosbrkAfter(gosbrkFree, uintptr(v), n, 0, 0, n, 0, "")
	})
}

func sysUnusedOS(v unsafe.Pointer, n uintptr) {
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysUnusedOS(v, n)
		gosbrkAfter(gosbrkUnused, uintptr(v), n, 0, 0, n, 0, "")
	})
}

func sysUsedOS(v unsafe.Pointer, n uintptr) {
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysUsedOS(v, n)
		gosbrkAfter(gosbrkUsed, uintptr(v), n, 0, 0, n, 0, "")
	})
}

func sysHugePageOS(v unsafe.Pointer, n uintptr) {
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysHugePageOS(v, n)
		gosbrkAfter(gosbrkHuge, uintptr(v), n, 0, 0, n, 0, "")
	})
}

func sysNoHugePageOS(v unsafe.Pointer, n uintptr) {
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysNoHugePageOS(v, n)
		gosbrkAfter(gosbrkNoHuge, uintptr(v), n, 0, 0, n, 0, "")
	})
}

func sysHugePageCollapseOS(v unsafe.Pointer, n uintptr) {
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysHugePageCollapseOS(v, n)
		gosbrkAfter(gosbrkCollapse, uintptr(v), n, 0, 0, n, 0, "")
	})
}

func sysFaultOS(v unsafe.Pointer, n uintptr) {
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysFaultOS(v, n)
		gosbrkAfter(gosbrkFault, uintptr(v), n, 0, 0, n, 0, "")
	})
}
