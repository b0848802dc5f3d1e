// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import "unsafe"

// A recorder for programs that are compiled to WebAssembly: docs/trace-format.md says
// what it writes. All of it runs on the system stack, under no lock, because a module has
// one thread. It allocates nothing and has no pointers, so that no write barrier comes.
//
// Every call is written before the program goes on. A module that its host ends at any
// moment leaves a trace up to its last call.

// Kinds of slots.
const (
	gosbrkAlloc    = 1
	gosbrkFree     = 2
	gosbrkReserve  = 3
	gosbrkAligned  = 4
	gosbrkMap      = 5
	gosbrkUnused   = 6
	gosbrkUsed     = 7
	gosbrkHuge     = 8
	gosbrkNoHuge   = 9
	gosbrkCollapse = 10
	gosbrkFault    = 11
	gosbrkSlotName = 32 + iota - 11
	gosbrkSlotThread
	gosbrkSlotArgument
	gosbrkSlotAnswer
	gosbrkSlotBreak
	gosbrkSlotClock
	gosbrkSlotHeap
	gosbrkSlotReady
	gosbrkSlotCycles
	gosbrkSlotMemory
	_
	gosbrkSlotChunk
	gosbrkSlotBits
	gosbrkSlotStack
	gosbrkSlotText
	gosbrkSlotFunction
	_
	gosbrkSlotLast
)

// gosbrkNoMemory is the error of a call that got no memory.
const gosbrkNoMemory = 1

// The first of these words are what is to be written next. The others are room for the
// environment at first, and then hashes of the heap's bitmaps.
const (
	gosbrkOut    = 2048
	gosbrkHashes = 4096
)

var gosbrkWords [gosbrkOut + gosbrkHashes]uint64

// What a recorder does.
const (
	gosbrkUndecided = iota
	gosbrkRecords
	gosbrkSilent
)

var gosbrkTrace struct {
	state  uint8
	code   uint8  // of the next slot
	thread uint16 // of the next slot
	name   uint16 // of the next slot
	used   int    // words that are to be written
	random uint64
	slots  uint64
	began  int64  // nanoseconds of the monotonic clock
	now    uint64 // nanoseconds since
	clock  uint64 // when a clock slot is due
	pace   uint64 // from that one to the next
	bloc   uintptr
	most   uintptr // blocMax
	memory uint32  // pages
}

// gosbrkMemory is how many pages of 64 KiB the module has.
func gosbrkMemory() uint32

// gosbrkBefore begins the trace before the first call.
func gosbrkBefore() {
	t := &gosbrkTrace
	if t.state != gosbrkUndecided {
		return
	}
	t.state = gosbrkSilent
	if !gosbrkOpen() {
		return
	}
	t.state = gosbrkRecords
	gosbrkHeader()
	t.clock, t.pace = 0, 1_000_000
	gosbrkTime()
	gosbrkResized()
	gosbrkFlush()
}

// gosbrkHash is the hash of the format, word by word.
func gosbrkHash(hash, word uint64) uint64 {
	hash = (hash ^ word) * 0xff51afd7ed558ccd
	return hash ^ hash>>32
}

const gosbrkSeed = 0x9e3779b97f4a7c15

// gosbrkHeader writes the first 4096 bytes.
func gosbrkHeader() {
	t := &gosbrkTrace
	h := &gosbrkWords
	clear := h[:512]
	for i := range clear {
		clear[i] = 0
	}
	sec, nsec := walltime()
	wall := uint64(sec)*1_000_000_000 + uint64(nsec)
	t.began = nanotime()
	t.bloc, t.most = bloc, blocMax
	initial := uint64(gosbrkMemory()) * 65536
	t.random = gosbrkHash(gosbrkHash(gosbrkSeed, wall), uint64(t.began))
	h[0] = 0x0a544b5242534f47 // GOSBRKT\n
	h[1] = 1 | 4096<<32
	h[2] = 32 | (2|4)<<32 // written piece by piece, with counters
	h[3] = 4 | gosbrkProfile<<8 | 65536<<32
	h[6] = wall
	h[7] = uint64(t.began)
	h[8] = uint64(t.began)
	h[9] = 1_000_000_000
	h[12] = uint64(bloc)
	h[13] = initial
	h[15] = 1 << 32
	h[16] = t.random
	bytes := (*[4096]byte)(unsafe.Pointer(h))
	copy(bytes[136:167], buildVersion)
	h[33] = pageSize | pallocChunkBytes<<32
	kept, all := gosbrkCommand(bytes[512:4088])
	h[63] = uint64(kept) | uint64(all)<<32
	hash := uint64(gosbrkSeed)
	for _, word := range h[:511] {
		hash = gosbrkHash(hash, word)
	}
	h[511] = hash
	t.used = 512
}

// gosbrkPut writes a slot.
func gosbrkPut(kind uint8, a, b uint64) {
	t := &gosbrkTrace
	if t.used+4 > gosbrkOut {
		gosbrkFlush()
	}
	first := uint64(kind) | uint64(t.code)<<8 | uint64(t.thread)<<16
	second := t.now<<16>>16 | uint64(t.name)<<48
	t.code, t.thread, t.name = 0, 0, 0
	hash := gosbrkHash(t.random+t.slots^gosbrkSeed, second)
	check := gosbrkHash(gosbrkHash(gosbrkHash(hash, a), b), first) & 0xffffffff
	if check == 0 {
		check = 1
	}
	slot := gosbrkWords[t.used : t.used+4]
	slot[0], slot[1], slot[2], slot[3] = first<<32|check, second, a, b
	t.used += 4
	t.slots++
}

// gosbrkFlush has all that was put arrive. Where that fails the trace ends, and the
// program goes on.
func gosbrkFlush() {
	t := &gosbrkTrace
	if t.used == 0 {
		return
	}
	if t.state == gosbrkRecords {
		if error := gosbrkWrite(unsafe.Pointer(&gosbrkWords), uint32(t.used)*8); error != 0 {
			t.state = gosbrkSilent
			gosbrkFailed(error)
		}
	}
	t.used = 0
}

// gosbrkTime looks at the clock, and writes a clock slot where one is due.
func gosbrkTime() {
	t := &gosbrkTrace
	t.now = uint64(nanotime() - t.began)
	if t.now < t.clock {
		return
	}
	gosbrkPut(gosbrkSlotClock, t.now, uint64(t.began)+t.now)
	t.clock = t.now + t.pace
	if t.pace *= 2; t.pace > 1_000_000_000 {
		t.pace = 1_000_000_000
	}
}

// gosbrkAfter writes a call, which has been made. `p` and `given` are its answer; `was` is
// where the break was before it.
func gosbrkAfter(kind uint8, v, n, align, p, given, was uintptr, name string) {
	t := &gosbrkTrace
	if t.state != gosbrkRecords {
		return
	}
	gosbrkTime()
	thread := gosbrkThread()
	name = gosbrkPurpose(kind, v, n, name)
	index := gosbrkName(name)
	at, code := v, uint8(0)
	if kind == gosbrkAlloc || kind == gosbrkReserve || kind == gosbrkAligned {
		at = p
		// A reservation elsewhere than at the break is refused as a matter of course.
		if p == 0 && (v == 0 || v == was) {
			code = gosbrkNoMemory
		}
		if v|align != 0 {
			gosbrkPut(gosbrkSlotArgument, uint64(v), uint64(align))
		}
	}
	if kind == gosbrkMap && name == "heap" {
		gosbrkGrown()
	}
	gosbrkCounters(false)
	t.code, t.thread, t.name = code, thread, index
	gosbrkPut(kind, uint64(at), uint64(n))
	if kind == gosbrkAligned && given != n {
		gosbrkPut(gosbrkSlotAnswer, 0, uint64(given))
	}
	if bloc != t.bloc || blocMax != t.most {
		t.bloc, t.most = bloc, blocMax
		gosbrkPut(gosbrkSlotBreak, uint64(bloc), uint64(blocMax))
	}
	gosbrkResized()
	gosbrkBitmaps()
	gosbrkFlush()
}

// gosbrkResized writes how large the module's memory is, where that has changed.
func gosbrkResized() {
	t := &gosbrkTrace
	if pages := gosbrkMemory(); pages != t.memory {
		t.memory = pages
		gosbrkPut(gosbrkSlotMemory, uint64(pages)*65536, 0)
	}
}

// gosbrkEnd ends the trace, because the program does.
//
//go:nosplit
func gosbrkEnd() {
	systemstack(func() {
		t := &gosbrkTrace
		if t.state != gosbrkRecords {
			return
		}
		gosbrkTime()
		gosbrkCounters(true)
		gosbrkPut(gosbrkSlotClock, t.now, uint64(t.began)+t.now)
		gosbrkPut(gosbrkSlotLast, 0, 0)
		gosbrkFlush()
		t.state = gosbrkSilent
		gosbrkClose()
	})
}
