//go:build goexperiment.arenas

// Command arenas allocates user arenas, checks every byte of them and frees them, so that
// their pages fault and are mapped again. It is built with GOEXPERIMENT=arenas.
package main

import (
	"arena"
	"runtime"

	"programs/audit"
)

func main() {
	for range 12 {
		mem := arena.NewArena()
		for range 6 {
			audit.Use(arena.MakeSlice[byte](mem, 1<<20, 1<<20))
		}
		mem.Free()
		runtime.GC()
	}
	audit.Run(1)
}
