// Command stacks calls the memory layer from the stack of a goroutine, from that
// of g0 and, in a signal handler, from that of gsignal. Build it with
// -ldflags=-checklinkname=0.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"

	"programs/raw"
)

// bad counts bytes that were not zero, done the signals that were handled.
var bad, done atomic.Int64

func main() {
	// Signals go to this thread: none is in the middle of a call.
	runtime.LockOSThread()
	turn()
	raw.OnSystemStack(turn)
	raw.OnSignalStack(func() {
		turn()
		done.Add(1)
	})
	for i := range int64(100) {
		if err := syscall.Tgkill(syscall.Getpid(), syscall.Gettid(), syscall.SIGUSR1); err != nil {
			panic(err)
		}
		for done.Load() <= i {
		}
	}
	if bad.Load() != 0 {
		panic(fmt.Sprint(bad.Load(), " bytes of fresh memory were not zero"))
	}
	fmt.Println("three stacks")
}

// turn takes memory of many sizes, fills it and gives it back.
func turn() {
	for n := 1; n < 200_000; n = 2*n + 1 {
		b := raw.Alloc(n)
		if b == nil {
			bad.Add(1)
		}
		for i, byte := range b {
			if byte != 0 {
				bad.Add(1)
			}
			b[i] = 1
		}
		raw.Free(b)
	}
}
