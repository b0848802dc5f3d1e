// Command memory has memory of a known kind and amount, and tells its own
// MemStats when it is asked: lines of a name and a number, for each line on
// standard input. Its end ends it. After a line that is "mark" it allocates
// MARK bytes, by which a trace shows where that was.
//
//	memory KIND MEGABYTES
package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
)

var (
	live [][]byte
	wait = make(chan struct{})
	stat runtime.MemStats
	line [4096]byte

	started atomic.Int64
	mark    []byte
)

// MARK is a size that nothing else has, and that no free memory is enough for.
const MARK = (65536 + 1507) * 8192

func main() {
	kind, n := "idle", 1
	if len(os.Args) > 2 {
		kind = os.Args[1]
		n, _ = strconv.Atoi(os.Args[2])
	}
	switch kind {
	case "idle":
	case "live":
		live = blocks(n)
	case "garbage": // above the next collection's goal, so that it stays for now
		debug.SetGCPercent(-1)
		blocks(n)
	case "kept":
		debug.SetGCPercent(-1)
		live = blocks(n)
		clear()
		debug.SetGCPercent(100)
	case "fragmented": // one object of 1 KiB for each span of 8
		for _, block := range small(n << 10) {
			live = append(live, block)
		}
	case "stacks":
		for i := 0; i < n; i++ {
			go deep(wait, 1)
		}
		for started.Load() < int64(n) {
			runtime.Gosched()
		}
	case "mmap":
		block, err := syscall.Mmap(-1, 0, n<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err != nil {
			panic(err)
		}
		touch(block)
	case "untouched":
		live = append(live, make([]byte, n<<20))
	case "churn": // never still
		go func() {
			for {
				live = blocks(n)
				clear()
			}
		}()
	case "limited": // much more than GOMEMLIMIT, most of it garbage
		for i := 0; i < 8*n; i++ {
			blocks(1)
		}
	case "brief":
		live = blocks(n)
		return
	}
	if kind != "garbage" && kind != "churn" {
		// What the first collection finds, the second has swept.
		runtime.GC()
		runtime.GC()
	}
	for {
		n, err := os.Stdin.Read(line[:])
		if n == 0 || err != nil {
			return
		}
		isMark := string(line[:n]) == "mark\n"
		tell()
		if isMark {
			// Or it is collected before something so large is allocated.
			debug.SetMemoryLimit(math.MaxInt64)
			mark = make([]byte, MARK)
		}
	}
}

// tell allocates nothing, so that what it tells stays true.
func tell() {
	runtime.ReadMemStats(&stat)
	text := line[:0]
	for _, one := range [...]struct {
		name  string
		value uint64
	}{
		{"HeapAlloc", stat.HeapAlloc},
		{"HeapInuse", stat.HeapInuse},
		{"HeapIdle", stat.HeapIdle},
		{"HeapReleased", stat.HeapReleased},
		{"StackInuse", stat.StackInuse},
		{"StackSys", stat.StackSys},
		{"MSpanSys", stat.MSpanSys},
		{"MCacheSys", stat.MCacheSys},
		{"BuckHashSys", stat.BuckHashSys},
		{"GCSys", stat.GCSys},
		{"OtherSys", stat.OtherSys},
		{"Sys", stat.Sys},
		{"NextGC", stat.NextGC},
		{"NumGC", uint64(stat.NumGC)},
	} {
		text = append(text, one.name...)
		text = append(text, ' ')
		text = strconv.AppendUint(text, one.value, 10)
		text = append(text, '\n')
	}
	os.Stdout.Write(append(text, ".\n"...))
}

func blocks(megabytes int) [][]byte {
	all := make([][]byte, megabytes*16)
	for i := range all {
		all[i] = make([]byte, 64<<10)
		touch(all[i])
	}
	return all
}

// small keeps every eighth block of 1 KiB.
func small(n int) [][]byte {
	debug.SetGCPercent(-1)
	all := make([][]byte, n)
	for i := range all {
		all[i] = make([]byte, 1<<10)
		touch(all[i])
	}
	var kept [][]byte
	for i := 0; i < n; i += 8 {
		kept = append(kept, all[i])
	}
	debug.SetGCPercent(100)
	return kept
}

func clear() {
	live = nil
	runtime.GC()
}

func touch(block []byte) {
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
}

// deep has some stack of its own and waits.
//
//go:noinline
func deep(wait chan struct{}, n byte) byte {
	var frame [3000]byte
	frame[int(n)] = n
	started.Add(1)
	<-wait
	return frame[int(n)*7%len(frame)]
}
