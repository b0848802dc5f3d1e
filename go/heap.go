//go:build cgo && linux && (amd64 || arm64)

package gosbrk

/*
#cgo nocallback gosbrk_base
#cgo nocallback gosbrk_bloc
#cgo nocallback gosbrk_blocMax
#cgo nocallback gosbrk_check
#cgo noescape gosbrk_freelist
#cgo nocallback gosbrk_freelist
#include "gosbrk.h"
*/
import "C"

import (
	"iter"
	"slices"
	"unsafe"
)

// Block is a free block: Size bytes at Addr, both in whole pages.
type Block struct {
	Addr, Size uintptr
}

// A Block is a gosbrk_block, so that the library can write into a []Block.
var _ [C.sizeof_gosbrk_block]byte = [unsafe.Sizeof(Block{})]byte{}

// Base returns the address of the segment, from which Go's addresses count.
func Base() uintptr { return uintptr(C.gosbrk_base()) }

// Bloc returns bloc of mem_sbrk.go, the runtime's idea of the break: all memory
// from Base to here is handed out or on the free list.
func Bloc() uintptr { return uintptr(C.gosbrk_bloc()) }

// BlocMax returns blocMax of mem_sbrk.go, the system's break: the end of the
// segment. It never comes down. Under ProfileWasmGo121 neither it nor bloc moves,
// and the memory ends somewhere above.
func BlocMax() uintptr { return uintptr(C.gosbrk_blocMax()) }

// MemCheck is memCheck of mem_sbrk.go: it walks the free list, checks order,
// sizes and links, and reads every byte that must be zero. Unlike Go's it does not
// leave out the last block, nor the memory between bloc and blocMax. It returns
// nil, or what it found: ErrCorrupt or ErrDirty. It ends the process under no
// policy.
func MemCheck() error {
	return codeError(C.gosbrk_check())
}

// AppendFreeList appends the blocks of the free list (Go's memFreelist) to dst,
// in ascending order of address, and returns the extended slice. All of them are
// of one moment. It allocates only if dst lacks capacity.
func AppendFreeList(dst []Block) []Block {
	for {
		room := dst[len(dst):cap(dst)]
		n := int(C.gosbrk_freelist((*C.gosbrk_block)(unsafe.Pointer(unsafe.SliceData(room))), C.size_t(len(room))))
		if n <= len(room) {
			return dst[:len(dst)+n]
		}
		dst = slices.Grow(dst, n)
	}
}

// FreeList returns the blocks of the free list in ascending order of address, as
// it is when the loop begins: the loop's body may allocate and free.
func FreeList() iter.Seq[Block] {
	return func(yield func(Block) bool) {
		for _, b := range AppendFreeList(nil) {
			if !yield(b) {
				return
			}
		}
	}
}
