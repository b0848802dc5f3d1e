// Command buffer fills buffers one after another and keeps none, as programs do that read files
// whole. The first number says how many, the second how large the largest is in MiB; none is
// smaller than half of it. It ends with the bytes that the runtime took for the heap, and how many
// collections there were.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"programs/pages"
)

var buffer []byte

func main() {
	count, mib := number(1), number(2)
	state := uint64(1)
	for range count {
		buffer = nil
		state = state*6364136223846793005 + 1442695040888963407
		half := uint64(mib) << 19
		buffer = make([]byte, half+(state>>33)%half)
		pages.Touch(buffer)
		if at := pages.Other(buffer, 0); at >= 0 {
			panic(fmt.Sprint("byte ", at, " is ", buffer[at]))
		}
		pages.Fill(buffer, 0xa5)
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println("heap", stats.HeapSys)
	fmt.Println("collections", stats.NumGC)
}

func number(i int) int {
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		panic(err)
	}
	return n
}
