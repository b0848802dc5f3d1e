// Command children makes children in ways that bypass package os, while other goroutines
// keep the memory layer busy. A child allocates nothing.
//
//	children exit N    forks; the child ends by the system call
//	children leave N   forks; the child ends as the runtime ends a program
//	children exec N    forks; the child runs this program again, as "children brief"
//	children spawn N   syscall.ForkExec, of the same
//	children brief     does nothing
//	children last      one child as in leave, after which no call is made; then the program
//	                   ends by the system call
//
// It prints its own number, and that of each child.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// What execve takes: made before, because a child allocates nothing.
var (
	path, _     = syscall.BytePtrFromString("/proc/self/exe")
	argv        = []*byte{path, bytePtr("brief"), nil}
	environment []*byte
)

func main() {
	runtime.LockOSThread()
	way, n := os.Args[1], 1
	if len(os.Args) > 2 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	for _, variable := range os.Environ() {
		environment = append(environment, bytePtr(variable))
	}
	environment = append(environment, nil)
	switch way {
	case "brief":
		return
	case "last":
		last()
	}
	fmt.Println("parent", os.Getpid())
	stop := busy()
	for range n {
		fmt.Println("child", wait(child(way)))
	}
	stop()
}

// busy has goroutines take memory and give it back until the function that it returns is
// called.
func busy() func() {
	var all sync.WaitGroup
	var done atomic.Bool
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for !done.Load() {
				sink.Store(make([]byte, 4<<20))
				debug.FreeOSMemory()
			}
		}()
	}
	return func() {
		done.Store(true)
		all.Wait()
	}
}

var sink atomic.Value

// child makes a child and returns its number.
func child(way string) int {
	if way == "spawn" {
		attributes := syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}}
		pid, err := syscall.ForkExec("/proc/self/exe", []string{"children", "brief"}, &attributes)
		if err != nil {
			panic(err)
		}
		return pid
	}
	return fork(way == "leave", way == "exec")
}

// fork makes a child that leaves as the runtime does, runs this program again, or ends.
//
//go:norace
func fork(leaves, execs bool) int {
	pid, _, errno := syscall.RawSyscall(syscall.SYS_FORK, 0, 0, 0)
	if pid != 0 {
		if errno != 0 {
			panic(errno)
		}
		return int(pid)
	}
	if execs {
		syscall.RawSyscall(syscall.SYS_EXECVE, uintptr(unsafe.Pointer(path)),
			uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&environment[0])))
	}
	if leaves {
		syscall.Exit(0)
	}
	for {
		var status uintptr
		if execs {
			status = 1
		}
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, status, 0, 0)
	}
}

// patience is for what hangs alone.
const patience = time.Minute

// wait waits for a child, which must succeed.
func wait(pid int) int {
	var status syscall.WaitStatus
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		ended, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
		if ended == pid {
			break
		}
		if err != nil && err != syscall.EINTR {
			panic(err)
		}
		if time.Since(start) > patience {
			syscall.Kill(pid, syscall.SIGKILL)
			panic(fmt.Sprint("child ", pid, " never ends"))
		}
	}
	if !status.Exited() || status.ExitStatus() != 0 {
		panic(fmt.Sprint("child ", pid, ": ", status))
	}
	return pid
}

// last does as little as can be between the child's end and its own.
func last() {
	debug.SetGCPercent(-1)
	// No memory is given back in the background from now on.
	runtime.GC()
	fmt.Println("parent", os.Getpid())
	pid := fork(true, false)
	syscall.RawSyscall6(syscall.SYS_WAIT4, uintptr(pid), 0, 0, 0, 0, 0)
	syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
}

func bytePtr(text string) *byte {
	bytes, err := syscall.BytePtrFromString(text)
	if err != nil {
		panic(err)
	}
	return bytes
}
