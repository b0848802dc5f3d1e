// Command signals profiles itself and is sent signals while every thread is in
// and out of the memory layer: handlers then run on the signal stack, in the
// middle of it.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		panic(err)
	}
	signals := make(chan os.Signal, 100)
	signal.Notify(signals, syscall.SIGUSR1)
	var received atomic.Int64
	go func() {
		for range signals {
			received.Add(1)
			_ = make([]byte, 4<<20)
		}
	}()
	go func() {
		for {
			syscall.Kill(os.Getpid(), syscall.SIGUSR1)
			time.Sleep(50 * time.Microsecond)
		}
	}()
	var busy sync.WaitGroup
	for range 4 {
		busy.Add(1)
		go func() {
			defer busy.Done()
			for range 150 {
				deep(200)
				sink.Store(make([]byte, 5<<20))
				debug.FreeOSMemory()
			}
		}()
	}
	busy.Wait()
	pprof.StopCPUProfile()
	if received.Load() == 0 || profile.Len() == 0 {
		panic("no signal came")
	}
	fmt.Println("signals in the middle")
	runtime.KeepAlive(signals)
}

// deep grows the stack, which is memory of the layer too.
func deep(n int) byte {
	var room [4096]byte
	if n == 0 {
		return room[0]
	}
	room[n] = byte(n)
	return deep(n-1) + room[n]
}

var sink atomic.Value
