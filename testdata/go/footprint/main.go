// Command footprint takes the steps that its arguments name, in that order, and then
// prints what memory it takes: lines of a name and a number of KiB.
//
//	busy   work with some goroutines, some heap, and a garbage collection
//	lock   lock all memory, present and future
//	smaps  print all of /proc/self/smaps
//	wait   say so, and wait for the end of standard input
//	crash  end by a panic, without printing
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

func main() {
	for _, name := range os.Args[1:] {
		if err := step(name); err != nil {
			fmt.Fprintf(os.Stderr, "footprint: %s: %v\n", name, err)
			os.Exit(3)
		}
	}
	print("/proc/self/smaps_rollup", "Rss", "AnonHugePages")
	print("/proc/self/status", "VmLck")
}

func step(name string) error {
	switch name {
	case "busy":
		busy()
		return nil
	case "lock":
		return syscall.Mlockall(syscall.MCL_CURRENT | syscall.MCL_FUTURE)
	case "smaps":
		_, err := os.Stdout.Write(read("/proc/self/smaps"))
		return err
	case "wait":
		fmt.Println("waiting")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	case "crash":
		panic("as asked for")
	}
	return fmt.Errorf("there is no such step")
}

// busy has 8 goroutines take 512 KiB each, in blocks of three sizes, and looks at
// every byte before and after a garbage collection.
func busy() {
	var all sync.WaitGroup
	blocks := make([][][]byte, 8)
	for i := range blocks {
		all.Add(1)
		go func() {
			defer all.Done()
			for taken := 0; taken < 512<<10; {
				for _, size := range []int{64, 4 << 10, 64 << 10} {
					block := bytes.Repeat([]byte{byte(i)}, size)
					blocks[i] = append(blocks[i], block)
					taken += size
				}
			}
		}()
	}
	all.Wait()
	for range 2 {
		for i := range blocks {
			for _, block := range blocks[i] {
				if bytes.Count(block, []byte{byte(i)}) != len(block) {
					panic("a block was overwritten")
				}
			}
		}
		runtime.GC()
	}
	runtime.KeepAlive(blocks)
}

// print prints some numbers of a file of /proc.
func print(file string, names ...string) {
	for line := range strings.Lines(string(read(file))) {
		for _, name := range names {
			if rest, found := strings.CutPrefix(line, name+":"); found {
				fmt.Println(name, strings.Fields(rest)[0])
			}
		}
	}
}

func read(file string) []byte {
	text, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	return text
}
