// Command freed takes 200 MiB of heap, lets go of it, and prints what memory it
// has left: lines of a name and a number of KiB.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"programs/pages"
)

func main() {
	blocks := make([][]byte, 3200)
	for i := range blocks {
		blocks[i] = make([]byte, 64<<10)
		pages.Fill(blocks[i], byte(i))
	}
	report("full")
	clear(blocks)
	debug.FreeOSMemory()
	report("freed")
	for i := range blocks[:1600] {
		blocks[i] = make([]byte, 64<<10)
		if at := pages.Other(blocks[i], 0); at >= 0 {
			panic(fmt.Sprintf("byte %d of a fresh block is %d", at, blocks[i][at]))
		}
	}
	runtime.KeepAlive(blocks)
}

func report(when string) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fmt.Println(when+".rss", strings.Fields(rest)[0])
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Println(when+".sys", m.HeapSys>>10)
	fmt.Println(when+".released", m.HeapReleased>>10)
	fmt.Println(when+".idle", m.HeapIdle>>10)
}
