// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import "unsafe"

// The functions that get a name for their memory since Go 1.25. See gosbrk_ranges_wasm.go.

func sysAllocOS(n uintptr) unsafe.Pointer {
	var p uintptr
	systemstack(func() {
		gosbrkBefore()
		was := bloc
		p = uintptr(gosbrkUnrecorded_sysAllocOS(n))
		gosbrkAfter(gosbrkAlloc, 0, n, 0, p, n, was, "")
	})
	return unsafe.Pointer(p)
}

func sysReserveOS(v unsafe.Pointer, n uintptr) unsafe.Pointer {
	var p uintptr
	systemstack(func() {
		gosbrkBefore()
		was := bloc
		p = uintptr(gosbrkUnrecorded_sysReserveOS(v, n))
		gosbrkAfter(gosbrkReserve, uintptr(v), n, 0, p, n, was, "")
	})
	return unsafe.Pointer(p)
}

func sysMapOS(v unsafe.Pointer, n uintptr) {
	systemstack(func() {
		gosbrkBefore()
		gosbrkUnrecorded_sysMapOS(v, n)
		gosbrkAfter(gosbrkMap, uintptr(v), n, 0, 0, n, 0, "")
	})
}
