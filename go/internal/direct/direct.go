//go:build linux && (amd64 || arm64)

// Package direct calls C functions on the goroutine's own stack. There is no change of
// stack and no word to the scheduler, which is most of what a call through cgo costs.
//
// A function called so must
//
//   - take at most 1 KiB of stack, as all of the library's do: each call here first makes
//     sure of 2 KiB, by the same check that every Go function begins with;
//   - call back into no Go code;
//   - come back soon: meanwhile the goroutine keeps its P and cannot be preempted, so that a
//     garbage collection waits for it.
//
// As long as the function runs nothing else happens to the goroutine, so its stack does not
// move. It may move just before, to make the room; hence what may point into it is a string
// or an unsafe.Pointer here and never a uintptr, and where C wants a place for a result, the
// call has one in its own frame.
//
// There is a function for each list of parameters. The first parameter is the address of
// the C function. A package that uses cgo cannot have Go assembly, and this one has none of
// cgo: whoever calls it finds out the address.
package direct

import "unsafe"

// Bool calls bool fn(void).
//
//go:noescape
func Bool(fn uintptr) bool

// Sized calls void *fn(uintptr_t n, const char *name, size_t nameLen).
//
//go:noescape
func Sized(fn, n uintptr, name string) unsafe.Pointer

// SizedOrCode is Sized, and if that gives NULL calls int code(void) on the same thread.
//
//go:noescape
func SizedOrCode(fn, code, n uintptr, name string) (unsafe.Pointer, int32)

// Range calls void fn(void *v, uintptr_t n).
//
//go:noescape
func Range(fn uintptr, v unsafe.Pointer, n uintptr)

// RangeCode is Range between two calls of int code(void), all on the same thread: one to
// forget what was before, and one for the result.
//
//go:noescape
func RangeCode(fn, code uintptr, v unsafe.Pointer, n uintptr) int32

// RangeNamed calls void fn(void *v, uintptr_t n, const char *name, size_t nameLen).
//
//go:noescape
func RangeNamed(fn uintptr, v unsafe.Pointer, n uintptr, name string)

// Placed calls void *fn(void *v, uintptr_t n, const char *name, size_t nameLen).
//
//go:noescape
func Placed(fn uintptr, v unsafe.Pointer, n uintptr, name string) unsafe.Pointer

// Aligned calls void *fn(uintptr_t size, uintptr_t align, uintptr_t *reserved), and gives
// what it returned and what it left in *reserved.
//
//go:noescape
func Aligned(fn, size, align uintptr) (p unsafe.Pointer, reserved uintptr)
