// Command cutshort says "ready" and allocates, small and large, in several threads until it
// gets a line. Then it goes on for a while and says "done", or ends itself:
//
//	cutshort work|signal
//
// With "signal" nothing is allocated: the end is the first that the memory layer hears.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

var line [1]byte

// fromThreads allocates in threads that C made, in a program with cgo.
var fromThreads = func() {}

func main() {
	if os.Args[1] == "signal" {
		fmt.Println("ready")
		// The scheduler, which could start a thread, is not told of these.
		syscall.RawSyscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&line)), 1)
		syscall.RawSyscall(syscall.SYS_KILL, uintptr(os.Getpid()), uintptr(syscall.SIGTERM), 0)
		for { // until another thread has got it
		}
	}
	var asked atomic.Bool
	var workers sync.WaitGroup
	for i := range 4 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			runtime.LockOSThread()
			for left := 20; left > 0; {
				allocate(i)
				if asked.Load() {
					left--
				}
			}
		}()
	}
	wait()
	asked.Store(true)
	workers.Wait()
	fromThreads()
	fmt.Println("done")
}

func wait() {
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		panic(err)
	}
}

var sink [64]atomic.Pointer[[]byte]

// allocate has the heap grow and gives memory back, which the memory layer is called for.
func allocate(i int) {
	for k := range 1000 {
		small := make([]byte, 100+k)
		sink[i].Store(&small)
	}
	large := make([]byte, (3+i)<<20)
	sink[32+i].Store(&large)
	debug.FreeOSMemory()
}
