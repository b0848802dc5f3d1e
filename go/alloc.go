//go:build cgo && linux && (amd64 || arm64)

package gosbrk

/*
#cgo noescape gosbrk_go_alloc
#cgo nocallback gosbrk_go_alloc
#cgo noescape gosbrk_go_free
#cgo nocallback gosbrk_go_free
#include "gosbrk.h"

// The library keeps a code per thread, and a goroutine may wake up on another
// thread after a cgo call: so the code is fetched in the same call.

typedef struct { void *p; int code; } gosbrk_go_result;

static inline gosbrk_go_result gosbrk_go_alloc(uintptr_t n, const char *name, size_t len) {
	gosbrk_go_result r = {sysAllocOS(n, name, len), GOSBRK_OK};
	if (r.p == NULL)
		r.code = gosbrk_last_error();
	return r;
}

static inline int gosbrk_go_free(void *v, uintptr_t n) {
	gosbrk_last_error(); // forget an older refusal: this call may well succeed
	sysFreeOS(v, n);
	return gosbrk_last_error();
}
*/
import "C"

import "unsafe"

// Alloc returns n zeroed bytes of page-aligned memory from outside the Go heap
// (SysAllocOS). name labels them in statistics and traces, and may be empty. The
// slice's capacity is n rounded up to the page of the profile given to Init (to
// 4096 bytes before any Init); the bytes up to it are there to use.
//
// The error is ErrNoMem when the system has no more, or ErrForeignBreak when
// something else is mapped where the segment would grow. Under MisuseReport it
// is ErrZero for an n of zero. A negative n is ErrOverflow under any policy.
func Alloc(n int, name string) ([]byte, error) {
	if n < 0 {
		return nil, ErrOverflow
	}
	size := roundToPage(uintptr(n))
	s, l := cName(name)
	r := C.gosbrk_go_alloc(C.uintptr_t(size), s, l)
	if r.p == nil {
		return nil, allocError(r.code)
	}
	return unsafe.Slice((*byte)(r.p), size)[:n], nil
}

// allocError is codeError for an allocation that failed. If the code was lost,
// because too many other threads never asked for theirs, it takes it for the one
// that is no fault of the caller.
func allocError(code C.int) error {
	if code == C.GOSBRK_OK {
		return ErrNoMem
	}
	return codeError(code)
}

// Free gives back memory that Alloc returned; nobody may touch it afterwards. It
// frees from the first byte of b to its capacity (SysFreeOS), so b may have been
// resliced at its end: b[:k] frees all that b did. A b that begins at a later
// page frees the pages from there on, and the rest stays in use.
//
// Freeing whole pages matters at the top of the segment: there Go lowers the
// break if the size as given ends at bloc, and an unrounded size does not. Hence
// the capacity, not the length.
//
// Free of a nil or empty-capacity slice does nothing. Under MisuseReport the
// error says why nothing was freed: ErrDoubleFree, ErrRange, ErrUnaligned. The
// default, MisuseAbort, ends the process instead.
func Free(b []byte) error {
	if cap(b) == 0 {
		return nil
	}
	return codeError(C.gosbrk_go_free(unsafe.Pointer(unsafe.SliceData(b)), C.uintptr_t(cap(b))))
}
