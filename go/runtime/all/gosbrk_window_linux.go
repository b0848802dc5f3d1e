// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

import (
	"internal/runtime/sys"
	"unsafe"
)

// A recorder stores into a part of its file that is mapped. When somebody cuts the file
// short, the next store there is a SIGBUS, which is not the program's fault.

// gosbrkWindow is the part of the file that is mapped. It belongs to the library, which
// has the same struct, and changes it in the thread that stores.
type gosbrkWindow struct {
	_    sys.NotInHeap
	at   uintptr
	size uintptr // bytes; 0: nothing is mapped
	lost uintptr // set here to 1: the library ends the recording
}

// gosbrkRecording is nil in a program that is not recorded. The library never unmaps it.
var gosbrkRecording *gosbrkWindow

// gosbrkNoPage is the code of a SIGBUS by a page that the file does not have.
const gosbrkNoPage = 2

// gosbrkCutShort is called first when a SIGBUS arrives. It reports whether it was a store
// into a recording that was cut short; then there is memory in place of the file, and the
// store can be repeated. If the kernel refuses the memory, the signal is as any other.
//
// The stack may be that of g0, and g may be anything or nil, so this calls nothing that
// depends on them.
//
//go:nosplit
//go:nowritebarrierrec
func gosbrkCutShort(info *siginfo) bool {
	w := gosbrkRecording
	if w == nil || info.si_code != gosbrkNoPage || uintptr(info.si_addr)-w.at >= w.size {
		return false
	}
	_, err := sysMmap(unsafe.Pointer(w.at), w.size, _PROT_READ|_PROT_WRITE, _MAP_ANON|_MAP_FIXED|_MAP_PRIVATE, -1, 0)
	if err != 0 {
		return false
	}
	w.lost = 1
	return true
}
