// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import "unsafe"

// The functions that get a name for their memory. See gosbrk_ranges_wasm.go.

func sysAllocOS(n uintptr, vmaName string) unsafe.Pointer {
	var p uintptr
	systemstack(func() {
		gosbrkBefore()
		was := bloc
		p = uintptr(gosbrkUnrecorded_sysAllocOS(n, vmaName))
		gosbrkAfter(gosbrkAlloc, 0, n, 0, p, n, was, vmaName)
	})
	return unsafe.Pointer(p)
}

func sysReserveOS(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer {
	var p uintptr
	systemstack(func() {
		gosbrkBefore()
		was := bloc
		p = uintptr(gosbrkUnrecorded_sysReserveOS(v, n, vmaName))
		gosbrkAfter(gosbrkReserve, uintptr(v), n, 0, p, n, was, vmaName)
	})
	return unsafe.Pointer(p)
}

func sysMapOS(v unsafe.Pointer, n uintptr, vmaName string) {
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysMapOS(v, n, vmaName)
		gosbrkAfter(gosbrkMap, uintptr(v), n, 0, 0, n, 0, vmaName)
	})
}
