// Command cmemory has 24 MiB from C's malloc and 4 MiB of Go's heap, and waits
// for the end of its standard input.
package main

/*
#include <stdlib.h>
#include <string.h>
static void *take(size_t n) { void *p = malloc(n); if (p) memset(p, 1, n); return p; }
*/
import "C"

import (
	"os"
	"runtime"
)

func main() {
	live := make([]byte, 4<<20)
	for i := range live {
		live[i] = 1
	}
	for i := 0; i < 24*16; i++ {
		if C.take(64<<10) == nil {
			panic("no memory")
		}
	}
	runtime.GC()
	os.Stdout.WriteString("ready\n")
	os.Stdin.Read(make([]byte, 1))
	runtime.KeepAlive(live)
}
