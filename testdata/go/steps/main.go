// Command steps does the same thing each time, with one thread of its own and no
// collector but when it says so: its calls into the memory layer can be compared.
package main

import (
	"fmt"
	"runtime/debug"
)

func main() {
	debug.SetGCPercent(-1)
	var kept [][]byte
	for i := range 64 {
		kept = append(kept, make([]byte, (i%7+1)<<20))
		if i%16 == 15 {
			kept = nil
			debug.FreeOSMemory()
		}
	}
	fmt.Println("64 steps")
}
