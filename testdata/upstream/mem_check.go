// memCheck, with memDebug set: it never looks at the last block, nor above the break.
package main

import "unsafe"

func main() {
	begin(4096, 64, 0)
	first := alloc(4096)
	alloc(4096)
	last := alloc(4096)
	alloc(4096)
	top := alloc(4096)
	sysFreeOS(first, 4096)
	sysFreeOS(last, 4096)
	sysFreeOS(top, 4096)

	dirty := func(p unsafe.Pointer) { *(*byte)(add(p, 100)) = 1 }
	clean := func(p unsafe.Pointer) { *(*byte)(add(p, 100)) = 0 }
	dirty(first)
	tell("a byte of the first of two free blocks is written", memCheck)
	clean(first)
	dirty(last)
	tell("a byte of the last one is written", memCheck)
	clean(last)
	dirty(top)
	tell("a byte above the break is written", memCheck)
	println("that byte, given out as zeroed memory:", *(*byte)(add(sysReserveOS(top, 4096, ""), 100)))
}
