// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import "unsafe"

// gosbrkProfile is the layer's profile in the trace format: growth from the break.
const gosbrkProfile = 1

// sysReserveAlignedSbrk is of mem_sbrk.go since Go 1.24. See gosbrk_ranges_wasm.go.
func sysReserveAlignedSbrk(size, align uintptr) (unsafe.Pointer, uintptr) {
	var p, given uintptr
	systemstack(func() {
		gosbrkBefore()
		was := bloc
		at, n := gosbrkUnrecorded_sysReserveAlignedSbrk(size, align)
		p, given = uintptr(at), n
		gosbrkAfter(gosbrkAligned, 0, size, align, p, given, was, "")
	})
	return unsafe.Pointer(p), given
}
