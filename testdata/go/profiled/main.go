// Command profiled leaves in a directory what Go can tell of a program: CPU and
// heap profiles, an execution trace and a heap dump. It works for a second, or for as long
// as its second argument says.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"syscall"
	"time"
)

func main() {
	dir := os.Args[1]
	cpu, events := create(dir, "cpu"), create(dir, "trace")
	check(pprof.StartCPUProfile(cpu))
	check(trace.Start(events))
	// Each is a collection, and half a million lines of events in words.
	for range 3 {
		churn()
	}
	trace.Stop()
	work := time.Second
	if len(os.Args) > 2 {
		var err error
		work, err = time.ParseDuration(os.Args[2])
		check(err)
	}
	for start := processor(); processor()-start < work; {
		churn()
	}
	pprof.StopCPUProfile()
	check(pprof.WriteHeapProfile(create(dir, "heap")))
	debug.WriteHeapDump(create(dir, "dump").Fd())
	fmt.Println("told all")
}

// processor is the time that the program has had on processors: samples are taken by it, and
// a busy machine may give it little of a second.
func processor() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

var sink []byte

// churn takes memory from the layer, uses it and gives it back.
//
//go:noinline
func churn() {
	sink = make([]byte, 5<<20)
	for i := range sink {
		sink[i] = byte(i)
	}
	sink = nil
	debug.FreeOSMemory()
}

func create(dir, name string) *os.File {
	file, err := os.Create(filepath.Join(dir, name))
	check(err)
	return file
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
