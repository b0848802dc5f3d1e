// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

import (
	"internal/abi"
	"internal/stringslite"
	"unsafe"
)

// What C code in the program gets: the C stacks of the threads that Go starts, and the
// arenas of glibc's malloc. What happens when such a stack is full.

// _gosbrk_c_code is filled in by runtime/cgo: a function of its C code.
//
//go:linkname _gosbrk_c_code _gosbrk_c_code
var _gosbrk_c_code unsafe.Pointer

// gosbrkCCode is what the C code is told and what it says. It has the same struct.
type gosbrkCCode struct {
	stack  uintptr // asked for; 0: the C library's default. Answer: what threads get
	whose  uintptr // who asked for it. Answer: who decided
	arenas uintptr // at most so many arenas of malloc; 0: as many as it likes
	tls    uintptr // answer: bytes of the stack that are not for frames
}

// gosbrkCStack is what the threads that Go starts have.
var gosbrkCStack gosbrkCCode

// Who decided how large a C stack is. The C code and the library have the same numbers.
const (
	gosbrkLibc uintptr = iota
	gosbrkLayout
	gosbrkSetting
	gosbrkUlimit
	gosbrkStarter // the C code that started the thread
)

// What a setting is when it is not there, and when it asks for the system's default.
const (
	gosbrkUnset         = 0
	gosbrkSystemDefault = ^uintptr(0)
)

// gosbrkStartC has C code get what the settings cstack= and arenas= ask for, or the
// layout's defaults. It is called before the runtime starts a thread.
func gosbrkStartC(cstack, arenas uintptr) {
	if _gosbrk_c_code == nil {
		return
	}
	c := gosbrkCCode{stack: cstack, whose: gosbrkSetting, arenas: arenas}
	if cstack == gosbrkUnset {
		c.stack = gosbrkLayoutCStack
		c.whose = gosbrkLayout
	}
	if arenas == gosbrkUnset && !gosbrkArenasAsked() {
		c.arenas = gosbrkCompact
	}
	if c.stack == gosbrkSystemDefault {
		c.stack = 0
	}
	if c.arenas == gosbrkSystemDefault || islibrary || isarchive {
		// The malloc of a library is that of the program that loads it.
		c.arenas = 0
	}
	asmcgocall(_gosbrk_c_code, unsafe.Pointer(&c))
	gosbrkCStack = c
}

// gosbrkArenasAsked reports whether the environment has one of glibc's own settings
// for the number of arenas.
func gosbrkArenasAsked() bool {
	if gosbrkEnviron("MALLOC_ARENA_MAX=") != "" {
		return true
	}
	tunables := gosbrkEnviron("GLIBC_TUNABLES=")
	for tunables != "" {
		var tunable string
		tunable, tunables, _ = stringslite.Cut(tunables, ":")
		if stringslite.HasPrefix(tunable, "glibc.malloc.arena_max=") {
			return true
		}
	}
	return false
}

// gosbrkStackFault is a fault of C code, for the library. It has the same struct.
type gosbrkStackFault struct {
	fault uintptr // the address
	sp    uintptr
	low   uintptr // where the thread's C stack ends, or somewhat lower; 0: not known
	high  uintptr // an address near its other end
	size  uintptr // how large it was made
	whose uintptr // who decided that
	page  uintptr // bytes of the kernel's page
}

// gosbrkStackFull is the library's function, for asmcgocall.
func gosbrkStackFull()

// gosbrkFatal is called before Go's own words about a signal that ends the program. If a
// C stack is full, the library says so in one line.
//
//go:nowritebarrierrec
func gosbrkFatal(sig uint32, c *sigctxt, gp *g, mp *m) {
	if sig != _SIGSEGV || c.sigFromUser() || !iscgo || gp != mp.g0 {
		return
	}
	f := gosbrkStackFault{
		fault: uintptr(c.fault()),
		sp:    uintptr(c.sigsp()),
		high:  gp.stack.hi,
		size:  gosbrkCStack.stack,
		whose: gosbrkCStack.whose,
		page:  physPageSize,
	}
	if !mp.isextra {
		f.low = f.high - (f.size - gosbrkCStack.tls)
	} else {
		f.whose = gosbrkStarter
		if mp.g0StackAccurate {
			f.low = gp.stack.lo
			f.size = f.high - f.low
		}
	}
	asmcgocall(unsafe.Pointer(abi.FuncPCABI0(gosbrkStackFull)), unsafe.Pointer(&f))
}
