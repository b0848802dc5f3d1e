// On WebAssembly: the host takes a page for itself by growing the memory, as it may, and
// the program goes on allocating.
package main

// page grows the memory by a page, fills it, and keeps it.
//
//go:wasmimport host page
func page()

// look counts the bytes of the page that are still what they were.
//
//go:wasmimport host look
func look()

func main() {
	page()
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
