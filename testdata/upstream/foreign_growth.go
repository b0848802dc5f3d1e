// On WebAssembly: the host takes pages for itself by growing the memory, as it may, and
// the program goes on allocating.
package main

// grow grows the memory, fills what is new, and keeps it.
//
//go:wasmimport host grow
func grow()

// look counts the bytes of it that are still what they were.
//
//go:wasmimport host look
func look()

func main() {
	grow()
	var kept [][]byte
	for range 32 {
		kept = append(kept, make([]byte, 1<<20))
	}
	for _, b := range kept {
		for i := range b {
			b[i] = 0xA5
		}
	}
	look()
}
