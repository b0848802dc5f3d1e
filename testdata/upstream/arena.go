// What the programs here share. Each is compiled as one package together with this
// file, with mem_sbrk.go and its kin as they are in a Go root, and with stand-ins for what
// those take from the rest of the runtime: go/internal/upstream does that.
package main

import (
	"fmt"
	"syscall"
	"unsafe"
)

const mib = 1 << 20

// begin sets up memory of at most so many pages, as the runtime does at its start. It
// begins at a multiple of 4 MiB, and as many pages of it are there from the start.
func begin(page, pages, initial uintptr) {
	const align = 4 * mib
	b, err := syscall.Mmap(-1, 0, int(pages*page+align),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	physPageSize = page
	memFreelist = 0
	arena.Base = alignUp(uintptr(unsafe.Pointer(unsafe.SliceData(b))), align)
	arena.Limit = pages * page
	arena.End = arena.Base + initial*page
	firstmoduledata.end = arena.Base
	initBloc()
	blocMax = arena.End
}

// alloc is sysAllocOS, whose memory is filled as its owner would.
func alloc(n uintptr) unsafe.Pointer {
	p := sysAllocOS(n, "")
	fill(p, n)
	return p
}

func fill(p unsafe.Pointer, n uintptr) {
	b := unsafe.Slice((*byte)(p), n)
	for i := range b {
		b[i] = 0xA5
	}
}

// zeroed counts the bytes in memory that was filled that are 0 now.
func zeroed(p unsafe.Pointer, n uintptr) (count int) {
	for _, b := range unsafe.Slice((*byte)(p), n) {
		if b == 0 {
			count++
		}
	}
	return count
}

// at is an address as an offset.
func at(p unsafe.Pointer) string {
	if p == nil {
		return "nil"
	}
	return fmt.Sprintf("+%#x", uintptr(p)-arena.Base)
}

// state says where the break is and what is free.
func state(when string) {
	fmt.Printf("%s: break +%#x, end of memory +%#x, free:", when, bloc-arena.Base,
		arena.End-arena.Base)
	blocks := 0
	for p := memFreelist.ptr(); p != nil; p = p.next.ptr() {
		if blocks++; blocks > 4 {
			fmt.Print(" and so on, without end")
			break
		}
		fmt.Printf(" %d at %s", p.size, at(unsafe.Pointer(p)))
	}
	fmt.Println()
}

// resident counts the pages of memory that have been touched.
func resident() (count int) {
	n := arena.End - arena.Base
	pages := make([]byte, n/4096)
	_, _, errno := syscall.Syscall(syscall.SYS_MINCORE, arena.Base, n,
		uintptr(unsafe.Pointer(unsafe.SliceData(pages))))
	if errno != 0 {
		panic(errno)
	}
	for _, page := range pages {
		count += int(page & 1)
	}
	return count
}

// tell runs f, and tells what it throws, if it does.
func tell(what string, f func()) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
			fmt.Printf("%s: nothing\n", what)
		case interface{ Thrown() []any }:
			all := cause.Thrown()
			fmt.Printf("%s: throw: %v\n", what, all[len(all)-1])
		default:
			panic(cause)
		}
	}()
	f()
}
