// C code on threads of Go's and on its own. The first argument says what to do; without
// arguments, and as a library, the functions of library.go do it.
package main

// #include "code.h"
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// main stays on the main thread.
func init() { runtime.LockOSThread() }

func main() {
	number := func(i int) int {
		n, err := strconv.Atoi(os.Args[i])
		if err != nil {
			panic(err)
		}
		return n
	}
	// elsewhere calls a function on another thread than the main one.
	elsewhere := func(call func()) {
		done := make(chan bool)
		go func() { call(); done <- true }()
		<-done
	}
	switch os.Args[1] {
	case "threads":
		threads(number(2))
	case "deep":
		elsewhere(func() { C.deep(C.size_t(number(2))) })
	case "wide":
		elsewhere(func() { C.wide(C.size_t(number(2))) })
	case "deep-main":
		C.deep(C.size_t(number(2)))
	case "bad":
		elsewhere(func() { C.bad() })
	case "arenas":
		fmt.Println("arenas", C.arenas(8))
	case "among-libraries":
		C.among_libraries()
	case "c-thread":
		fmt.Println("KiB", C.started_by_c(C.int(number(2)), C.size_t(number(3)), C.size_t(number(4))))
	default:
		panic(os.Args[1])
	}
	fmt.Println("done 1")
}

// threads has so many threads in C at once, and says what they have and take.
func threads(n int) {
	var all sync.WaitGroup
	sizes := make([]C.size_t, n)
	for i := range sizes {
		all.Add(1)
		go func() {
			defer all.Done()
			sizes[i] = C.stack_kib()
			C.rest(1)
		}()
	}
	all.Wait()
	least, most := sizes[0], sizes[0]
	for _, size := range sizes {
		least, most = min(least, size), max(most, size)
	}
	fmt.Println("least", least)
	fmt.Println("most", most)
	tell("VmPeak", "VmHWM", "Threads")
}

// tell prints entries of /proc/self/status.
func tell(names ...string) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(status)) {
		for _, name := range names {
			if rest, ok := strings.CutPrefix(line, name+":"); ok {
				fmt.Println(name, strings.Fields(rest)[0])
			}
		}
	}
}
