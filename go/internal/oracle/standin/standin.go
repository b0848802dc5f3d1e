// Package standin has what runtime/mem_sbrk.go and its kin use of the rest of the Go
// runtime: locks, rounding, the system.
//
// Package oracle copies this file into every package it generates from a Go root, without
// the declarations that the root's own files have. So every generated package has its own
// lock and its own memory, and a call on which the real runtime would hang or crash is
// reported. It imports nothing, so that the generated package can be type-checked by
// itself.
package standin

import "unsafe"

// arena is the memory that the system gives out: it starts at Base, can have Limit bytes,
// and ends at End now.
var arena struct{ Base, Limit, End uintptr }

// physPageSize is the size of a page.
var physPageSize uintptr

// firstmoduledata says where the program's data ends.
var firstmoduledata struct{ end uintptr }

// GOOS decides in sysReserveAligned whether a part of a reservation can be given back. It
// can, but on windows.
const GOOS = "plan9"

// mutex is a lock for one thread: to take it twice is the deadlock that it would be in
// the runtime.
type mutex struct{ held bool }

func lock(l *mutex) {
	if l.held {
		throw("memlock is taken by the thread that holds it: the runtime would deadlock here")
	}
	l.held = true
}

func unlock(l *mutex) {
	if !l.held {
		throw("memlock is released, but nobody holds it")
	}
	l.held = false
}

// systemstack calls fn where it is: this thread's stack does not move.
func systemstack(fn func()) { fn() }

func memclrNoHeapPointers(p unsafe.Pointer, n uintptr) {
	if n == 0 {
		return
	}
	if at := uintptr(p); at < arena.Base || at > arena.End || n > arena.End-at {
		print(n, " bytes at ", at, ", of memory that is ", arena.Base, " to ", arena.End, ": ")
		throw("memclrNoHeapPointers outside of the memory")
	}
	clear(unsafe.Slice((*byte)(p), n))
}

func alignUp(n, a uintptr) uintptr { return (n + a - 1) &^ (a - 1) }

func alignDown(n, a uintptr) uintptr { return n &^ (a - 1) }

func divRoundUp(n, a uintptr) uintptr { return (n + a - 1) / a }

func add(p unsafe.Pointer, x uintptr) unsafe.Pointer { return unsafe.Add(p, x) }

// brk_ is Plan 9's system call: it moves the end of memory to p.
func brk_(p unsafe.Pointer) int32 {
	if uintptr(p)-arena.Base > arena.Limit {
		return -1
	}
	arena.End = uintptr(p)
	return 0
}

// growMemory is memory.grow of WebAssembly, whose operand has no sign. It returns the old
// size, or -1.
func growMemory(pages int32) int32 {
	if uintptr(uint32(pages)) > (arena.Base+arena.Limit-arena.End)/physPageSize {
		return -1
	}
	old := currentMemory()
	arena.End += uintptr(uint32(pages)) * physPageSize
	return old
}

// currentMemory is memory.size of WebAssembly, in pages. Memory starts at address 0
// there, so what lies below Base counts.
func currentMemory() int32 { return int32(arena.End / physPageSize) }

// resetMemoryDataView tells JavaScript that the memory moved.
func resetMemoryDataView() {}

// printed is what print was given since the last throw.
var printed []any

func print(args ...any) { printed = append(printed, args...) }

func throw(s string) {
	why := append(printed, s)
	printed = nil
	panic(thrown(why))
}

// thrown is what throw panics with.
type thrown []any

// Thrown is everything that was printed before the throw, and its reason.
func (t thrown) Thrown() []any { return t }
