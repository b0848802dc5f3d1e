// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

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
)

// gosbrkInit is how the library is set up. The library has the same struct.
type gosbrkInit struct {
	state        *[1024]uint64
	stateSize    uintptr
	base         uintptr
	stride       uintptr
	ceiling      uintptr
	advice       uintptr // answer: the advice that the settings ask for
	settings     *byte
	settingsSize uintptr
	hwcap2       uintptr
}

// gosbrkRuntimeInit is the library's function, for asmcgocall.
func gosbrkRuntimeInit()

// gosbrkStart sets the library up.
func gosbrkStart() {
	gosbrkStarted = true
	settings := gosbrkEnviron("GOSBRK=")
	init := gosbrkInit{
		state:        &gosbrkState,
		stateSize:    unsafe.Sizeof(gosbrkState),
		base:         gosbrkBase,
		stride:       gosbrkStride,
		ceiling:      gosbrkCeiling,
		advice:       gosbrkAdvice,
		settings:     unsafe.StringData(settings),
		settingsSize: uintptr(len(settings)),
		hwcap2:       gosbrkAuxv(gosbrkHwcap2),
	}
	if asmcgocall(unsafe.Pointer(abi.FuncPCABI0(gosbrkRuntimeInit)), unsafe.Pointer(&init)) != gosbrkDone {
		throw("gosbrk: no memory for the first page of the heap (see ulimit -v)")
	}
	gosbrkReleases = init.advice != 0
	gosbrkDecorates = gosbrkDecoratesAsked(gosbrkEnviron("GODEBUG="))
	if gosbrkDecorates {
		gosbrkDecorate()
	}
}

// gosbrkHwcap2 is the key of what the kernel says of the machine, AT_HWCAP2.
const gosbrkHwcap2 = 26

// gosbrkAuxv gives a value of what the kernel passed to the program; 0 if it is
// not there.
func gosbrkAuxv(key uintptr) uintptr {
	for i := 0; i+1 < len(auxv); i += 2 {
		if auxv[i] == key {
			return auxv[i+1]
		}
	}
	return 0
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
