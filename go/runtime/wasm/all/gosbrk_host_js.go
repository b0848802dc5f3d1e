// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import "unsafe"

// Where the trace goes under JavaScript: to the host, gosbrk.js.

// gosbrkHostOpen gives 1 if the host records.
//
//go:wasmimport gosbrk open
func gosbrkHostOpen() uint32

// gosbrkHostWrite gives 0, or an error's number.
//
//go:wasmimport gosbrk write
func gosbrkHostWrite(p unsafe.Pointer, n uint32) uint32

// gosbrkHostClose is told that nothing more comes.
//
//go:wasmimport gosbrk close
func gosbrkHostClose()

func gosbrkOpen() bool {
	return gosbrkHostOpen() == 1
}

func gosbrkWrite(p unsafe.Pointer, n uint32) uint32 {
	return gosbrkHostWrite(p, n)
}

func gosbrkClose() {
	gosbrkHostClose()
}

// gosbrkFailed says nothing: the host has said why.
func gosbrkFailed(uint32) {}

// gosbrkCommand copies the command line, and gives the bytes that are kept and those that
// it has.
func gosbrkCommand(to []byte) (kept, all int) {
	for i := int32(0); i < argc; i++ {
		p := argv_index(argv, i)
		for {
			c := *p
			if kept < len(to) {
				to[kept] = c
				kept++
			}
			all++
			if c == 0 {
				break
			}
			p = addb(p, 1)
		}
	}
	return kept, all
}

// gosbrkUnrecorded_exit ends the program.
func gosbrkUnrecorded_exit(code int32)

//go:nosplit
func exit(code int32) {
	gosbrkEnd()
	gosbrkUnrecorded_exit(code)
}
