//go:build cgo && linux && (amd64 || arm64)

package gosbrk

/*
#cgo noescape gosbrk_config_init
#cgo nocallback gosbrk_config_init
#cgo noescape gosbrk_init
#cgo nocallback gosbrk_init
#include "gosbrk.h"
*/
import "C"

import "sync/atomic"

// Profile is the Go port whose memory layer is reproduced.
type Profile uint32

// The profiles.
const (
	ProfilePlan9     Profile = C.GOSBRK_PROFILE_PLAN9      // Plan 9: pages of 4096 bytes
	ProfileWasm      Profile = C.GOSBRK_PROFILE_WASM       // WebAssembly, Go 1.24 and later: pages of 64 KiB, 4 GiB in all
	ProfileWasmGo121 Profile = C.GOSBRK_PROFILE_WASM_GO121 // WebAssembly, Go 1.21 to 1.23: sbrk always grows the memory
)

// PageSize returns Go's physPageSize there, in bytes.
func (p Profile) PageSize() uintptr {
	if p == ProfilePlan9 {
		return 4096
	}
	return 64 << 10
}

// Advice is what the hints (SysUnusedOS and its like) do.
type Advice uint32

// The kinds of advice.
const (
	AdviceGo Advice = C.GOSBRK_ADVICE_GO // nothing, as in mem_sbrk.go
	AdviceOS Advice = C.GOSBRK_ADVICE_OS // reach the kernel, as in mem_linux.go; no address changes
)

// Misuse is what happens when a call is refused.
type Misuse uint32

// The policies on misuse.
const (
	MisuseAbort  Misuse = C.GOSBRK_MISUSE_ABORT  // the process ends: one line on standard error, and SIGABRT
	MisuseReport Misuse = C.GOSBRK_MISUSE_REPORT // the call gives an error
)

// Check is how much the library verifies as it goes.
type Check uint32

// The levels of checking.
const (
	CheckFast Check = C.GOSBRK_CHECK_FAST // each call's arguments, and the headers it relies on
	CheckFull Check = C.GOSBRK_CHECK_FULL // also that memory is zero when it is handed out: to find a write after free
)

// Config says how the library behaves (gosbrk_config). The zero Config is the
// default one.
type Config struct {
	Profile Profile
	Advice  Advice
	Misuse  Misuse
	Check   Check

	Base    uintptr // address of the segment; 0: chosen by the library
	Start   uintptr // first bloc, in bytes from Base, rounded up to a page
	Initial uintptr // first blocMax, likewise; 0: the same as bloc
	Limit   uintptr // most bytes the break may reach from Base; 0: the profile's
}

// DefaultConfig returns the configuration that holds where neither Init nor the
// environment variable GOSBRK says otherwise (gosbrk_config_init).
func DefaultConfig() Config {
	var c C.gosbrk_config
	C.gosbrk_config_init(&c)
	return Config{
		Profile: Profile(c.profile),
		Advice:  Advice(c.advice),
		Misuse:  Misuse(c.misuse),
		Check:   Check(c.check),
		Base:    uintptr(c.base),
		Start:   uintptr(c.start),
		Initial: uintptr(c.initial),
		Limit:   uintptr(c.limit),
	}
}

// Init starts the library afresh with the given configuration (gosbrk_init; Go's
// initBloc). Everything allocated before is gone: all of it goes from any state
// to None, and touching it afterwards faults or corrupts whatever comes to lie
// there. No other call may run meanwhile.
//
// The error is ErrConfig for a configuration that makes no sense: nothing has
// changed then. It is ErrNoMem or ErrForeignBreak for a segment that cannot be
// had: the old one is gone all the same, and the next call starts afresh by the
// variable GOSBRK, or the defaults.
func Init(cfg Config) error {
	var c C.gosbrk_config
	C.gosbrk_config_init(&c)
	c.profile = C.uint32_t(cfg.Profile)
	c.advice = C.uint32_t(cfg.Advice)
	c.misuse = C.uint32_t(cfg.Misuse)
	c.check = C.uint32_t(cfg.Check)
	c.base = C.uintptr_t(cfg.Base)
	c.start = C.uintptr_t(cfg.Start)
	c.initial = C.uintptr_t(cfg.Initial)
	c.limit = C.uintptr_t(cfg.Limit)
	if code := C.gosbrk_init(&c); code != C.GOSBRK_OK {
		return Error(code)
	}
	page.Store(cfg.Profile.PageSize())
	return nil
}

// page is the page of the profile last given to Init, 0 before that. The library
// does not tell its page, and the variable GOSBRK may have chosen another.
var page atomic.Uintptr

// roundToPage is memRound with that page, or the smallest one there is. n is at
// most MaxInt, so it does not wrap.
func roundToPage(n uintptr) uintptr {
	p := max(page.Load(), ProfilePlan9.PageSize())
	return (n + p - 1) &^ (p - 1)
}
