// Command forks starts children while other goroutines keep the memory layer
// busy, and while the collector gives memory back.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Print(os.Args[1])
		return
	}
	var busy sync.WaitGroup
	var done atomic.Bool
	for range 4 {
		busy.Add(1)
		go func() {
			defer busy.Done()
			for !done.Load() {
				sink.Store(make([]byte, 8<<20))
				debug.FreeOSMemory()
			}
		}()
	}
	for i := range 100 {
		want := fmt.Sprint("child ", i)
		out, err := exec.Command(os.Args[0], want).CombinedOutput()
		if err != nil || string(out) != want {
			panic(fmt.Sprintf("%q gave %q, %v", want, out, err))
		}
	}
	done.Store(true)
	busy.Wait()
	fmt.Println("100 children")
}

var sink atomic.Value
