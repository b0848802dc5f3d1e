// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

import (
	"internal/abi"
	"internal/goarch"
	"internal/runtime/sys"
	"unsafe"
)

// The stacks that a recorder gets are those of gcallers. It decodes the tables of each
// function on a stack anew, which takes about 10 us for a stack. What it finds for a
// program counter never changes, so it is kept here, and a stack is followed by that.
//
// Frame pointers would not do: assembly code that saves none has its caller skipped, and
// may use the register for something else.

// gosbrkFrame is what there is to know of a program counter on a stack.
type gosbrkFrame struct {
	pc     uintptr // 0: nothing is kept here
	delta  uint32  // bytes of the frame, without a return address that the call pushed
	first  uint16  // its place in inlined
	count  uint8   // of program counters there
	isLast bool    // nothing called it
}

// gosbrkStacks is what a recorded program knows of its stacks.
type gosbrkStacks struct {
	_ sys.NotInHeap

	// stack has the program counters that led to the growth that is being recorded.
	stack  [48]uintptr
	frames [512]gosbrkFrame

	// inlined has for each frame the program counters that gcallers gives: one for each
	// function that the compiler put there, the innermost first.
	inlined [1024]uintptr
	used    uint16

	// known has program counters that the trace can name.
	known [512]uintptr
}

var (
	// gosbrkStackTable is used by whoever has set gosbrkStackUsed. It is mapped at the first
	// growth, so that programs that are not recorded do without.
	gosbrkStackTable *gosbrkStacks
	gosbrkStackUsed  uint32
)

// gosbrkStackMemory gives the table; nil: the kernel refused the memory for it.
func gosbrkStackMemory() *gosbrkStacks {
	if gosbrkStackTable == nil {
		p, err := sysMmap(nil, unsafe.Sizeof(gosbrkStacks{}), _PROT_READ|_PROT_WRITE, _MAP_ANON|_MAP_PRIVATE, -1, 0)
		if err == 0 {
			gosbrkStackTable = (*gosbrkStacks)(p)
		}
	}
	return gosbrkStackTable
}

// gosbrkProbes is how many places there are for a program counter; where all of them are
// taken, it takes the first one.
const gosbrkProbes = 8

// gosbrkPlace is the first place for a program counter.
func gosbrkPlace(pc uintptr) uint64 {
	// The factor is 2^64 divided by the golden ratio: neighbours come far apart.
	return uint64(pc) * 0x9e3779b97f4a7c15 >> 32
}

// callers gives what gcallers gives for a goroutine that runs on this thread, and went to
// the system stack. Nothing outside of its stack is read.
func (t *gosbrkStacks) callers(gp *g) int {
	pcs := t.stack[:]
	pc, sp, n := gp.sched.pc, gp.sched.sp, 0
	// In a system call, and where a stack has to grow on arm64, gcallers begins elsewhere.
	if pc == 0 || gp.syscallsp != 0 || usesLR && gp.sched.lr != 0 {
		return gcallers(gp, 0, pcs)
	}
	for n < len(pcs) && pc != 0 {
		f := t.frameOf(pc)
		if f == nil {
			return gcallers(gp, 0, pcs)
		}
		n += copy(pcs[n:], t.inlined[f.first:][:f.count])
		if f.isLast {
			break
		}
		// On amd64 the call pushes the return address above the frame. On arm64 the
		// function stores it at the stack pointer.
		caller, at := sp+uintptr(f.delta), sp
		if !usesLR {
			caller, at = caller+goarch.PtrSize, caller
		}
		if at < gp.stack.lo || at >= gp.stack.hi || caller <= sp || caller > gp.stack.hi {
			return gcallers(gp, 0, pcs)
		}
		pc, sp = *(*uintptr)(unsafe.Pointer(at)), caller
	}
	return n
}

// frameOf gives what there is to know of a program counter; nil: gcallers treats it
// in a special way.
func (t *gosbrkStacks) frameOf(pc uintptr) *gosbrkFrame {
	first := gosbrkPlace(pc)
	place := &t.frames[first%uint64(len(t.frames))]
	for i := range uint64(gosbrkProbes) {
		at := &t.frames[(first+i)%uint64(len(t.frames))]
		if at.pc == pc {
			return at
		}
		if at.pc == 0 {
			place = at
			break
		}
	}
	return t.learn(place, pc)
}

// learn looks a program counter up in the tables of its function.
func (t *gosbrkStacks) learn(place *gosbrkFrame, pc uintptr) *gosbrkFrame {
	f := findfunc(pc)
	if !f.valid() || f.pcsp == 0 || gosbrkIsSpecial(f.funcID) {
		return nil
	}
	isLast := f.flag&abi.FuncFlagTopFrame != 0
	delta := funcspdelta(f, pc)
	if f.flag&abi.FuncFlagSPWrite != 0 && !isLast || delta < 0 {
		return nil
	}
	var inlined [16]uintptr
	n := 0
	call := pc
	if pc > f.entry() {
		call--
	}
	for u, uf := newInlineUnwinder(f, call); uf.valid(); uf = u.next(uf) {
		id := u.srcFunc(uf).funcID
		if gosbrkIsSpecial(id) || n == len(inlined) {
			return nil
		}
		// A wrapper is only shown where it called one of the special functions.
		if id != abi.FuncIDWrapper {
			inlined[n] = uf.pc + 1
			n++
		}
	}
	if int(t.used)+n > len(t.inlined) {
		clear(t.frames[:])
		t.used = 0
		place = &t.frames[gosbrkPlace(pc)%uint64(len(t.frames))]
	}
	*place = gosbrkFrame{pc: pc, delta: uint32(delta), first: t.used, count: uint8(n), isLast: isLast}
	t.used += uint16(copy(t.inlined[t.used:], inlined[:n]))
	return place
}

// gosbrkIsSpecial reports whether the runtime's unwinder treats a function, or what called
// it, in a special way.
func gosbrkIsSpecial(id abi.FuncID) bool {
	switch id {
	case abi.FuncID_asyncPreempt, abi.FuncID_debugCallV2, abi.FuncID_sigpanic, // a signal came
		abi.FuncID_cgocallback,                   // C code is between two parts of the stack
		abi.FuncID_gopanic, abi.FuncID_panicwrap: // a wrapper that called it is shown
		return true
	}
	return false
}

// isKnown reports whether the trace can name a program counter, and has it known
// from now on.
func (t *gosbrkStacks) isKnown(pc uintptr) bool {
	first := gosbrkPlace(pc)
	for i := range uint64(gosbrkProbes) {
		place := &t.known[(first+i)%uint64(len(t.known))]
		switch *place {
		case pc:
			return true
		case 0:
			*place = pc
			return false
		}
	}
	t.known[first%uint64(len(t.known))] = pc
	return false
}
