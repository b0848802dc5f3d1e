// Package pages fills large blocks of memory and checks every byte of them. It leaves that to
// assembly in Go's standard library, which takes less time than a loop over bytes.
package pages

import (
	"bytes"
	"sync/atomic"
	"unsafe"
)

const page = 4096

// Touch writes to each page of a block and changes no byte. A new page that is read before it
// is written to faults twice; after this it does not fault again.
func Touch(block []byte) {
	const word = 8
	if len(block) < page {
		return
	}
	first := -uintptr(unsafe.Pointer(&block[0])) % word
	for i := first; i+word <= uintptr(len(block)); i += page {
		atomic.AddUint64((*uint64)(unsafe.Pointer(&block[i])), 0)
	}
}

// Other gives the index of the first byte that is not want, or -1 if there is none.
func Other(block []byte, want byte) int {
	// All bytes are the same if each is the same as the next one.
	if len(block) == 0 || block[0] == want && bytes.Equal(block[1:], block[:len(block)-1]) {
		return -1
	}
	for i, b := range block {
		if b != want {
			return i
		}
	}
	panic("a byte has changed meanwhile")
}

// Fill sets each byte of a block.
func Fill(block []byte, b byte) {
	if len(block) == 0 {
		return
	}
	// Each copy takes what is filled already, up to a page, which stays in the cache.
	block[0] = b
	for filled := 1; filled < len(block); {
		filled += copy(block[filled:], block[:min(filled, page)])
	}
}
