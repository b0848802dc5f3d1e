// Command clock makes allocations of sizes that nothing else has, and prints for each its size and
// the kernel's monotonic clock before and after it, in nanoseconds.
package main

import (
	"fmt"
	"runtime/debug"
	"syscall"
	"time"
	"unsafe"
)

// Multiples of every page, none of an arena, and more than the free memory of a program that has just
// begun.
const least, step, times = 601 << 16, 1 << 20, 10

func main() {
	debug.SetGCPercent(-1)
	var blocks [times][]byte
	for i := range blocks {
		time.Sleep(150 * time.Millisecond)
		size := least + i*step
		before := now()
		blocks[i] = make([]byte, size)
		fmt.Println(size, before, now())
	}
	keep = blocks[:]
}

var keep [][]byte

// now asks the kernel itself, and not the page that it shares with programs.
func now() int64 {
	const monotonic = 1
	var at syscall.Timespec
	_, _, err := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&at)), 0)
	if err != 0 {
		panic(err)
	}
	return at.Nano()
}
