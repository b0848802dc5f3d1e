// Command told takes memory, lets go of most of it, and tells its own MemStats: lines of a name and a number. Then it ends as it
// is told to.
//
//	told MEGABYTES [fail|panic|wait]
package main

import (
	"os"
	"runtime"
	"strconv"
)

var (
	kept  [][]byte
	large []byte
	stat  runtime.MemStats
	line  [128]byte
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	grow(n << 20)
	kept = kept[:len(kept)/4]
	runtime.GC()
	large = make([]byte, n<<20)
	runtime.GC()
	runtime.ReadMemStats(&stat)
	tell("HeapInuse", stat.HeapInuse)
	tell("HeapFree", stat.HeapIdle-stat.HeapReleased)
	tell("HeapReleased", stat.HeapReleased)
	tell("StackInuse", stat.StackInuse)
	tell("Collections", uint64(stat.NumGC))
	if len(os.Args) < 3 {
		return
	}
	switch os.Args[2] {
	case "fail":
		os.Exit(3)
	case "panic":
		panic("as it was told")
	case "wait":
		os.Stdin.Read(line[:1])
	}
}

// grow takes so many bytes in blocks of 40 KiB.
//
//go:noinline
func grow(n int) {
	for ; n > 0; n -= 40 << 10 {
		kept = append(kept, make([]byte, 40<<10))
	}
}

func tell(name string, value uint64) {
	text := append(line[:0], name...)
	text = append(text, ' ')
	text = strconv.AppendUint(text, value, 10)
	os.Stdout.Write(append(text, '\n'))
}
