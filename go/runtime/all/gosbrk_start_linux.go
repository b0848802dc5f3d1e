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

var (
	// gosbrkStarted is set by the first call, in mallocinit, when the program
	// has one thread.
	gosbrkStarted bool

	// gosbrkReleases says that sysUnusedOS gives memory back to the kernel, so
	// that it reads as zero.
	gosbrkReleases bool

	// gosbrkDecorates says that ranges get their names in /proc/self/maps,
	// which makes an entry of each.
	gosbrkDecorates bool

	// gosbrkRecords says that calls are recorded.
	gosbrkRecords bool
)

// gosbrkInit is how the library is set up. The library has the same struct.
type gosbrkInit struct {
	state        *[1024]uint64
	stateSize    uintptr
	base         uintptr
	stride       uintptr
	ceiling      uintptr
	ceilingText  *byte
	ceilingSize  uintptr
	closes       uintptr
	advice       uintptr // answer: the advice that the settings ask for
	cstack       uintptr // the layout's; answer: GOSBRK=cstack
	arenas       uintptr // answer: GOSBRK=arenas
	settings     *byte
	settingsSize uintptr
	thread       uintptr
	least        uintptr // of limit=
	findsLimit   uintptr
	processors   uintptr
	others       uintptr // who else takes address space
	memoryLimit  uintptr // answer: instead of GOMEMLIMIT where that is not set
	addressSpace uintptr // answer: RLIMIT_AS if it counts for memoryLimit
	watch        *gosbrkWatch
	window       *gosbrkWindow // answer: nil if calls are not recorded
	page         uintptr       // bytes of the kernel's page
}

// gosbrkRuntimeInit is the library's function, for asmcgocall.
func gosbrkRuntimeInit()

// gosbrkStart sets the library up.
func gosbrkStart() {
	gosbrkStarted = true
	settings := gosbrkEnviron("GOSBRK=")
	var watch gosbrkWatch
	gosbrkWatched(&watch)
	init := gosbrkInit{
		state:        &gosbrkState,
		stateSize:    unsafe.Sizeof(gosbrkState),
		base:         gosbrkBase,
		stride:       gosbrkStride,
		ceiling:      gosbrkCeiling,
		ceilingText:  unsafe.StringData(gosbrkTexts[len(gosbrkIdentity):]),
		ceilingSize:  uintptr(len(gosbrkCeilingText)),
		closes:       gosbrkCloses,
		advice:       gosbrkAdvice,
		cstack:       gosbrkLayoutCStack,
		settings:     unsafe.StringData(settings),
		settingsSize: uintptr(len(settings)),
		thread:       gosbrkThread(),
		least:        gosbrkLeast,
		findsLimit:   gosbrkFindsLimit,
		processors:   uintptr(gosbrkProcessors()),
		others:       gosbrkOthers(),
		watch:        &watch,
		page:         physPageSize,
	}
	if asmcgocall(unsafe.Pointer(abi.FuncPCABI0(gosbrkRuntimeInit)), unsafe.Pointer(&init)) != gosbrkDone {
		throw("gosbrk: the heap cannot begin")
	}
	gosbrkReleases = init.advice != 0
	gosbrkStartC(init.cstack, init.arenas)
	gosbrkMemoryLimit = int64(init.memoryLimit)
	gosbrkFirstLimit, gosbrkAddressSpace = gosbrkMemoryLimit, init.addressSpace
	gosbrkRecords = init.window != nil
	gosbrkRecording = init.window
	gosbrkDecorates = gosbrkDecoratesAsked(gosbrkEnviron("GODEBUG="))
	if gosbrkDecorates {
		gosbrkDecorate()
	}
}

// Who takes address space besides the runtime.
const (
	gosbrkNobody = iota
	gosbrkC      // C code in the program
	gosbrkHost   // the program that has loaded this one as a library
)

func gosbrkOthers() uintptr {
	if islibrary || isarchive {
		return gosbrkHost
	}
	if iscgo {
		return gosbrkC
	}
	return gosbrkNobody
}

// gosbrkEnviron gives the value of the environment's variable that begins with
// name, which ends in an equals sign. The runtime has not copied the environment
// yet. A process with more rights than its user does not look at it.
func gosbrkEnviron(name string) string {
	if secureMode || argv == nil {
		return ""
	}
	for i := argc + 1; argv_index(argv, i) != nil; i++ {
		value := gostringnocopy(argv_index(argv, i))
		if stringslite.HasPrefix(value, name) {
			return value[len(name):]
		}
	}
	return ""
}

// gosbrkDecoratesAsked reports whether decoratemappings=1 is among the settings.
// Go's default is yes; here it is no, because names keep the kernel from merging
// the heap into one mapping.
func gosbrkDecoratesAsked(godebug string) bool {
	for godebug != "" {
		var setting string
		setting, godebug, _ = stringslite.Cut(godebug, ",")
		if setting == "decoratemappings=1" {
			return true
		}
	}
	return false
}
