// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// What a recorder gets to know of the runtime. Its counters, bitmaps and goroutines the
// library reads by itself, by plain loads, at the places that are named here; nothing is
// done for it in a program that is not recorded.

// gosbrkWatch says where the library finds what. The library has the same struct. No
// pointers, because no write barrier may come here.
type gosbrkWatch struct {
	release     uintptr
	releaseSize uintptr
	heapPage    uintptr // bytes
	chunkBytes  uintptr // bytes that a bitmap of the page allocator is about
	heapLive    uintptr // *atomic.Uint64, as the next three
	heapInUse   uintptr
	heapFree    uintptr
	mappedReady uintptr
	cycles      uintptr // *uint32
	goal        uintptr // *atomic.Uint64
	memoryLimit uintptr // *atomic.Int64
	procid      uintptr // offset in an m
	curg        uintptr // offset in an m
	goid        uintptr // offset in a g
	chunks      uintptr // *[outer]*[inner]pallocData
	outer       uintptr
	inner       uintptr
	stride      uintptr
	first       uintptr // *chunkIdx
	end         uintptr // *chunkIdx
	origin      uintptr // address of chunk 0
	argv        uintptr // **byte, as the kernel made it; 0: not known
	argc        uintptr
}

// gosbrkWatched fills in the struct.
func gosbrkWatched(w *gosbrkWatch) {
	c, p := &gcController, &mheap_.pages
	*w = gosbrkWatch{
		release:     uintptr(unsafe.Pointer(unsafe.StringData(buildVersion))),
		releaseSize: uintptr(len(buildVersion)),
		heapPage:    pageSize,
		chunkBytes:  pallocChunkBytes,
		heapLive:    uintptr(unsafe.Pointer(&c.heapLive)),
		heapInUse:   uintptr(unsafe.Pointer(&c.heapInUse)),
		heapFree:    uintptr(unsafe.Pointer(&c.heapFree)),
		mappedReady: uintptr(unsafe.Pointer(&c.mappedReady)),
		cycles:      uintptr(unsafe.Pointer(&memstats.numgc)),
		goal:        uintptr(unsafe.Pointer(&c.gcPercentHeapGoal)),
		memoryLimit: uintptr(unsafe.Pointer(&c.memoryLimit)),
		procid:      unsafe.Offsetof(m{}.procid),
		curg:        unsafe.Offsetof(m{}.curg),
		goid:        unsafe.Offsetof(g{}.goid),
		chunks:      uintptr(unsafe.Pointer(&p.chunks)),
		outer:       uintptr(len(p.chunks)),
		inner:       1 << pallocChunksL2Bits,
		stride:      unsafe.Sizeof(pallocData{}),
		first:       uintptr(unsafe.Pointer(&p.start)),
		end:         uintptr(unsafe.Pointer(&p.end)),
		origin:      arenaBaseOffset,
	}
	// A library has what the program that loads it passes on.
	if argv != nil && !islibrary && !isarchive {
		w.argv, w.argc = uintptr(unsafe.Pointer(argv)), uintptr(argc)
	}
}

// The library reads the bitmap where a chunk begins.
const _ = -unsafe.Offsetof(pallocData{}.pallocBits)

// The numbers of what the library does besides its functions.
const (
	gosbrkFunction = 12
	gosbrkNote     = 13
	gosbrkEnds     = 14
)

// gosbrkNoted has the trace say that a function was called which has nothing to do here.
func gosbrkNoted(function uintptr, v unsafe.Pointer, n uintptr) {
	if gosbrkRecords {
		gosbrkCall(&gosbrkRequest{function: gosbrkNote, align: function, v: uintptr(v), n: n})
	}
}

// gosbrkEnd has the trace end, because the process does. It is called where the runtime
// exits, gives up, or is ended by a signal; threads that run on are not recorded any more.
//
//go:nosplit
//go:nowritebarrierrec
func gosbrkEnd() {
	if gosbrkRecords {
		// A signal handler blocks all signals, and gosbrkCutShort needs this one.
		unblocksig(_SIGBUS)
		gosbrkCall(&gosbrkRequest{function: gosbrkEnds})
	}
}

// gosbrkGrown passes on a growth of the heap, with the stack that led to it.
func gosbrkGrown(r *gosbrkRequest) bool {
	gp := getg()
	if !gosbrkRecords || gp == nil || gp != gp.m.g0 || gp.m.curg == nil || !atomic.Cas(&gosbrkStackUsed, 0, 1) {
		return gosbrkCall(r)
	}
	if t := gosbrkStackMemory(); t != nil {
		n := t.callers(gp.m.curg)
		for _, pc := range t.stack[:n] {
			if !t.isKnown(pc) {
				gosbrkName(pc)
			}
		}
		if n > 0 {
			r.more, r.moreSize = uintptr(unsafe.Pointer(&t.stack)), uintptr(n)
		}
	}
	ok := gosbrkCall(r)
	atomic.Store(&gosbrkStackUsed, 0)
	return ok
}

// gosbrkName has the trace say which function a program counter of gcallers is in, and
// where. That of an inlined function is one of its own.
func gosbrkName(pc uintptr) {
	call := pc - 1
	f := findfunc(call)
	if !f.valid() {
		return
	}
	u, uf := newInlineUnwinder(f, call)
	sf := u.srcFunc(uf)
	name := sf.name()
	file, line := u.fileLine(uf)
	gosbrkCall(&gosbrkRequest{
		function: gosbrkFunction,
		v:        pc,
		n:        uintptr(line),
		name:     unsafe.StringData(name),
		nameSize: uintptr(len(name)),
		more:     uintptr(unsafe.Pointer(unsafe.StringData(file))),
		moreSize: uintptr(len(file)),
	})
}
