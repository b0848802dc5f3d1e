// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

import "unsafe"

// What the recorder looks at beside the calls. A module has one thread, so nothing of it
// moves while it is read.

// By how many bytes a counter moves before it is written at once, and nanoseconds between
// two looks otherwise.
const (
	gosbrkStep        = 64 << 10
	gosbrkCountersGap = 1_000_000
	gosbrkBitmapsGap  = 20_000_000
)

var gosbrkSeen struct {
	counters    [4]uint64
	cycles      uint32
	countersDue uint64
	bitmapsDue  uint64
}

// gosbrkCounters writes the runtime's counters when they have moved far enough, or a while
// ago, or for the last time.
func gosbrkCounters(last bool) {
	c, seen, t := &gcController, &gosbrkSeen, &gosbrkTrace
	now := [4]uint64{c.heapLive.Load(), c.heapInUse.load(), c.heapFree.load(), c.mappedReady.Load()}
	far := last
	for i, is := range now {
		if was := seen.counters[i]; is-was+gosbrkStep > 2*gosbrkStep {
			far = true
		}
	}
	if !far && (t.now < seen.countersDue || now == seen.counters) {
		return
	}
	seen.counters = now
	seen.countersDue = t.now + gosbrkCountersGap
	gosbrkPut(gosbrkSlotHeap, now[0], now[1])
	gosbrkPut(gosbrkSlotReady, now[2], now[3])
	if cycles := memstats.numgc; cycles != seen.cycles {
		seen.cycles = cycles
		goal := c.gcPercentHeapGoal.Load()
		// A memory limit may bring the next collection forward.
		if c.memoryLimit.Load() != 1<<63-1 || goal == ^uint64(0) {
			goal = 0
		}
		gosbrkPut(gosbrkSlotCycles, uint64(cycles), goal)
	}
}

// gosbrkBitmaps writes the bitmaps of heap pages that have changed, now and then.
func gosbrkBitmaps() {
	seen, p := &gosbrkSeen, &mheap_.pages
	if gosbrkTrace.now < seen.bitmapsDue {
		return
	}
	seen.bitmapsDue = gosbrkTrace.now + gosbrkBitmapsGap
	hashes := gosbrkWords[gosbrkOut:]
	for chunk := p.start; chunk < p.end; chunk++ {
		data := p.tryChunkOf(chunk)
		if data == nil {
			continue
		}
		bits := (*[(pallocChunkPages + 63) / 64]uint64)(unsafe.Pointer(&data.pallocBits))
		address := uint64(chunkBase(chunk))
		hash, all := gosbrkHash(gosbrkSeed, address), uint64(0)
		for _, word := range bits {
			hash = gosbrkHash(hash, word)
			all |= word
		}
		known := &hashes[uint(chunk)%gosbrkHashes]
		if *known == hash || *known == 0 && all == 0 {
			continue
		}
		*known = hash
		gosbrkChunk(address, bits[:])
	}
}

func gosbrkChunk(address uint64, bits []uint64) {
	used := uint64(0)
	for _, word := range bits {
		for ; word != 0; word &= word - 1 {
			used++
		}
	}
	pairs := (len(bits) + 1) / 2
	gosbrkTrace.code = uint8(pairs)
	gosbrkPut(gosbrkSlotChunk, address, used)
	for i := 0; i < pairs; i++ {
		high := uint64(0)
		if 2*i+1 < len(bits) {
			high = bits[2*i+1]
		}
		gosbrkTrace.code = uint8(i)
		gosbrkPut(gosbrkSlotBits, bits[2*i], high)
	}
}

// gosbrkPurpose is what memory is for. Before Go 1.25 the runtime does not tell the layer:
// then its tables say which addresses are the heap's.
func gosbrkPurpose(kind uint8, v, n uintptr, name string) string {
	if name != "" || v != 0 && v >= 1<<heapAddrBits {
		return name
	}
	ri := arenaIndex(v)
	arenas := mheap_.arenas[ri.l1()]
	switch kind {
	case gosbrkAlloc:
		if arenas == nil && n == unsafe.Sizeof(*arenas) {
			return "heap index"
		}
	case gosbrkMap:
		if arenas != nil && arenas[ri.l2()] != nil {
			return "heap"
		}
	}
	return ""
}

// What the trace has defined, each at a place by its value: hashes of names, goroutines,
// program counters. One may have taken another's place.
var (
	gosbrkNames      [64]uint64
	gosbrkGoroutines [256]uint64
	gosbrkKnown      [512]uintptr
	gosbrkPCs        [48]uintptr
)

// gosbrkName is the index of a name.
func gosbrkName(name string) uint16 {
	if name == "" {
		return 0
	}
	hash := uint64(gosbrkSeed)
	for i := 0; i < len(name); i++ {
		hash = gosbrkHash(hash, uint64(name[i]))
	}
	place := hash % uint64(len(gosbrkNames))
	index := uint16(place) + 1
	if gosbrkNames[place] == hash {
		return index
	}
	gosbrkNames[place] = hash
	t := &gosbrkTrace
	t.code, t.thread, t.name = uint8((len(name)-1)/16), uint16(len(name)), index
	gosbrkPut(gosbrkSlotName, gosbrkText(name, "", 0), gosbrkText(name, "", 8))
	for at := 16; at < len(name); at += 16 {
		gosbrkPut(gosbrkSlotText, gosbrkText(name, "", at), gosbrkText(name, "", at+8))
	}
	return index
}

// gosbrkText is eight bytes of a text, a zero and another one.
func gosbrkText(text, more string, at int) uint64 {
	word := uint64(0)
	for i := 7; i >= 0; i-- {
		word <<= 8
		switch j := at + i; {
		case j < len(text):
			word |= uint64(text[j])
		case j > len(text) && j-len(text)-1 < len(more):
			word |= uint64(more[j-len(text)-1])
		}
	}
	return word
}

// gosbrkThread is the index of the goroutine that calls.
func gosbrkThread() uint16 {
	id := uint64(0)
	if gp := getg().m.curg; gp != nil {
		id = uint64(gp.goid)
	}
	place := id % uint64(len(gosbrkGoroutines))
	index := uint16(place) + 1
	if gosbrkGoroutines[place] != id+1 {
		gosbrkGoroutines[place] = id + 1
		gosbrkTrace.thread = index
		gosbrkPut(gosbrkSlotThread, 0, id)
	}
	return index
}

// gosbrkGrown writes the stack that led to a growth of the heap.
func gosbrkGrown() {
	gp := getg()
	if gp != gp.m.g0 || gp.m.curg == nil {
		return
	}
	n := gcallers(gp.m.curg, 0, gosbrkPCs[:])
	for _, pc := range gosbrkPCs[:n] {
		if place := &gosbrkKnown[gosbrkHash(gosbrkSeed, uint64(pc))%uint64(len(gosbrkKnown))]; *place != pc {
			*place = pc
			gosbrkFrame(pc)
		}
	}
	for i := 0; i < n; i += 2 {
		second := uint64(0)
		if i+1 < n {
			second = uint64(gosbrkPCs[i+1])
		}
		gosbrkTrace.code = uint8((n - i - 1) / 2)
		gosbrkPut(gosbrkSlotStack, uint64(gosbrkPCs[i]), second)
	}
}

// gosbrkFunction writes which function a program counter is in.
func gosbrkFunction(pc uintptr, name, file string, line int) {
	const most = 255 * 16
	if len(name) > most-1 {
		name = name[:most-1]
	}
	if len(name)+1+len(file) > most {
		file = file[:most-1-len(name)]
	}
	all := len(name) + 1 + len(file)
	gosbrkTrace.code = uint8((all + 15) / 16)
	gosbrkPut(gosbrkSlotFunction, uint64(pc), uint64(line))
	for at := 0; at < all; at += 16 {
		gosbrkPut(gosbrkSlotText, gosbrkText(name, file, at), gosbrkText(name, file, at+8))
	}
}
