//go:build cgo && linux && (amd64 || arm64)

package gosbrk

/*
#cgo noescape gosbrk_error_text
#cgo nocallback gosbrk_error_text
#cgo noescape gosbrk_last_error
#cgo nocallback gosbrk_last_error
#include "gosbrk.h"
*/
import "C"

// Error is why the library refused a call: one of the Err constants. Compare
// with == or errors.Is.
type Error int

// The library's error codes, GOSBRK_E_ in C.
const (
	ErrNoMem        Error = C.GOSBRK_E_NOMEM         // out of memory or past the limit; not misuse
	ErrZero         Error = C.GOSBRK_E_ZERO          // a size of zero
	ErrOverflow     Error = C.GOSBRK_E_OVERFLOW      // a size that does not fit the address space
	ErrRange        Error = C.GOSBRK_E_RANGE         // not inside memory that was handed out
	ErrUnaligned    Error = C.GOSBRK_E_UNALIGNED     // an address or size that is not a multiple of the page
	ErrAlign        Error = C.GOSBRK_E_ALIGN         // an alignment that is not a power of two
	ErrDoubleFree   Error = C.GOSBRK_E_DOUBLE_FREE   // free already, in whole or in part
	ErrMismatch     Error = C.GOSBRK_E_MISMATCH      // a range past the end of its region
	ErrCorrupt      Error = C.GOSBRK_E_CORRUPT       // the header of a free block was overwritten
	ErrDirty        Error = C.GOSBRK_E_DIRTY         // free memory was written to
	ErrReentrant    Error = C.GOSBRK_E_REENTRANT     // called by a thread that is inside the library already
	ErrForeignBreak Error = C.GOSBRK_E_FOREIGN_BREAK // something else is mapped where the break would grow; not misuse
	ErrConfig       Error = C.GOSBRK_E_CONFIG        // a configuration that is not valid; not misuse
)

// Error is the library's own text for the code (gosbrk_error_text).
func (e Error) Error() string {
	return "gosbrk: " + C.GoString(C.gosbrk_error_text(C.int(e)))
}

// LastError returns why the last call on this thread was refused, or nil, and
// forgets it (gosbrk_last_error). The code is kept per thread, and a goroutine
// changes threads between calls unless it holds [runtime.LockOSThread]. It is
// meant for the Sys functions: Alloc, Free, Init and MemCheck return theirs.
func LastError() error {
	return codeError(C.gosbrk_last_error())
}

// codeError turns a code of the library into an error, nil for GOSBRK_OK.
func codeError(code C.int) error {
	if code == C.GOSBRK_OK {
		return nil
	}
	return Error(code)
}
