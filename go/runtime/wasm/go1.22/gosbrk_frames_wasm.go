// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

// gosbrkFrame has the trace say which function a program counter of gcallers is in, and
// where. That of an inlined function is one of its own.
func gosbrkFrame(pc uintptr) {
	call := pc - 1
	f := findfunc(call)
	if !f.valid() {
		return
	}
	u, uf := newInlineUnwinder(f, call)
	sf := u.srcFunc(uf)
	file, line := u.fileLine(uf)
	gosbrkFunction(pc, sf.name(), file, line)
}
