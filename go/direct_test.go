package gosbrk_test

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/trace"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"gosbrk"
)

// What package direct's own tests cannot see: the direct call in a program that does
// everything at once.

func init() {
	children["direct, under stress"] = stress
	children["direct double free"] = func() {
		var sbrk gosbrk.Direct
		b, err := sbrk.Alloc(8192, "twice")
		if err != nil {
			panic(err)
		}
		sbrk.SysAllocOS(4096, "above")
		sbrk.Free(b)
		sbrk.Free(b)
	}
}

// The line is as it is through cgo; only the guilty goroutine's trace is not there.
func TestDirectMisuseAborts(t *testing.T) {
	stderr, err := child("direct double free")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).ExitStatus() != 2 {
		t.Errorf("the process ended with %v, want the Go runtime's exit status 2", err)
	}
	line := regexp.MustCompile(`^gosbrk: sysFreeOS\(0x[0-9a-f]+, 8192\): the range is free already\b.*\nSIGABRT: abort\n`)
	if !line.MatchString(stderr) {
		t.Errorf("it does not begin with the library's line and Go's:\n%s", stderr)
	}
}

// A name may be on the goroutine's stack, and stays there.
func TestDirectDoesNotMoveNamesToTheHeap(t *testing.T) {
	fresh(t, gosbrk.Config{})
	var sbrk gosbrk.Direct
	n := testing.AllocsPerRun(100, func() {
		text := [...]byte{'o', 'n', ' ', 's', 't', 'a', 'c', 'k'}
		b, err := sbrk.Alloc(4096, string(text[:]))
		if err != nil {
			t.Fatal(err)
		}
		sbrk.Free(b)
	})
	if n != 0 {
		t.Errorf("%v Go allocations for an Alloc and a Free", n)
	}
	if names := gosbrk.Stats().ByName; len(names) != 1 || names[0].Name != "on stack" {
		t.Errorf("the names counted are %+v", names)
	}
}

// Everything that interrupts a goroutine or moves its stack, at once and as often as can
// be: collections with every object checked, profiling signals, an execution trace,
// preemption, growing stacks, waiting for the lock, and calls of the other kind.
func TestDirectUnderStress(t *testing.T) {
	for _, settings := range []string{"gccheckmark=1", "clobberfree=1", "asyncpreemptoff=1"} {
		t.Run(settings, func(t *testing.T) {
			t.Parallel()
			if stderr, err := child("direct, under stress", "GOGC=1", "GODEBUG="+settings, "GOSBRK=misuse=report"); err != nil {
				t.Errorf("%v\n%s", err, stderr)
			}
		})
	}
}

// stress is a process of its own.
func stress() {
	const places, turns = 8, 500
	runtime.GOMAXPROCS(4)
	runtime.SetCPUProfileRate(2000)
	if err := trace.Start(io.Discard); err != nil {
		panic(err)
	}
	over := make(chan struct{})
	go func() {
		for {
			select {
			case <-over:
				return
			default:
				runtime.GC()
			}
		}
	}()
	var wg sync.WaitGroup
	for place := range places {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for turn := range turns {
				// A goroutine of its own: it begins with a small stack.
				done := make(chan error)
				go func() { done <- descend(turn%100, func() error { return exercise(place, turn) }) }()
				if err := <-done; err != nil {
					panic(err)
				}
			}
		}()
	}
	wg.Wait()
	close(over)
	trace.Stop()
	runtime.SetCPUProfileRate(0)
	stats := gosbrk.Stats()
	if err := gosbrk.MemCheck(); err != nil || stats.InUse != 0 {
		panic(fmt.Sprintf("%d bytes in use, %v", stats.InUse, err))
	}
	for _, name := range stats.ByName {
		if name.Name != "(unnamed)" && !strings.HasPrefix(name.Name, "place ") {
			panic(fmt.Sprintf("memory was asked for under the name %q", name.Name))
		}
	}
}

// exercise allocates and frees in all ways, with a name and pointers on the stack.
func exercise(place, turn int) error {
	var sbrk gosbrk.Direct
	text := [...]byte{'p', 'l', 'a', 'c', 'e', ' ', '0' + byte(place)}
	witness := &text[6]                      // moves with the stack
	heap := &node{next: &node{value: place}} // only the stack has it
	size := 1 + (turn*7919)%60_000
	if turn%50 == place {
		size = 3 << 20 // takes a while to give back
	}
	b, err := sbrk.Alloc(size, unsafe.String(&text[0], len(text)))
	if err != nil {
		return err
	}
	for i := 0; i < len(b); i += 4096 {
		if b[i] != 0 {
			return fmt.Errorf("page %d of new memory belongs to somebody", i/4096)
		}
		b[i] = byte(place + 1)
	}
	if _, err := sbrk.Alloc(0, "place 0"); err != gosbrk.ErrZero {
		return fmt.Errorf("allocating nothing: %v", err)
	}
	if err := sbrk.Free(b[1:]); err != gosbrk.ErrUnaligned {
		return fmt.Errorf("freeing from the second byte on: %v", err)
	}
	p, n := sbrk.SysReserveAlignedSbrk(8192, 8192)
	if uintptr(p)%8192 != 0 || n != 8192 {
		return fmt.Errorf("aligned reserve: %p, %d bytes", p, n)
	}
	sbrk.SysMapOS(p, n, unsafe.String(&text[0], len(text)))
	for i := 0; i < len(b); i += 4096 {
		if b[i] != byte(place+1) {
			return fmt.Errorf("page %d was handed out twice", i/4096)
		}
	}
	if turn%2 == 0 {
		sbrk.SysFreeOS(p, n)
		err = sbrk.Free(b)
	} else {
		gosbrk.SysFreeOS(p, n)
		err = gosbrk.Free(b)
	}
	if *witness != '0'+byte(place) || heap.next.value != place {
		return fmt.Errorf("the goroutine's own memory has changed: %q, %d", *witness, heap.next.value)
	}
	return err
}

type node struct {
	next  *node
	value int
}

// descend calls f with so many more frames on the stack.
//
//go:noinline
func descend(frames int, f func() error) error {
	if frames == 0 {
		return f()
	}
	var room [32]byte
	room[frames%len(room)] = byte(frames)
	err := descend(frames-1, f)
	if room[frames%len(room)] != byte(frames) {
		return fmt.Errorf("frame %d has changed", frames)
	}
	return err
}
