// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

// Go allocates a large object first and collects then, whatever the memory limit is.
// Where that limit stands for address space, the object can come to its end before. So in compact
// the garbage is collected first if the heap would have to grow beyond the limit.

// gosbrkAheadSize is the size in bytes from which a collection costs little beside clearing
// the object: that of the heap below which Go does not collect at all.
const gosbrkAheadSize = 4 << 20

// gosbrkCollectAhead calls GC before an object of size bytes is allocated, if the heap has no room
// for the object and may not grow by it, and the last collection scanned no more than size
// bytes. So there is at most one such collection each time that the heap grows. Without a memory
// limit everything is as in Go.
//
// It does nothing where a goroutine may not wait: with a lock, on a system stack, or while
// preemption is off. mallocgcLarge calls it first, without a lock.
func gosbrkCollectAhead(size uintptr) {
	if gosbrkCompact == 0 || size < gosbrkAheadSize {
		return
	}
	c := &gcController
	scan := c.lastHeapScan + c.lastStackScan.Load() + c.globalsScan.Load()
	if c.memoryLimit.Load() == 1<<63-1 || scan > uint64(size) {
		return
	}
	// Where gcStart would return without a collection, GC would wait for ever.
	mp, gp := acquirem(), getg()
	may := gp != mp.g0 && gp != mp.gsignal && mp.locks == 1 && mp.preemptoff == "" &&
		memstats.enablegc && panicking.Load() == 0
	releasem(mp)
	if may && gosbrkMustCollect(size) {
		// Also after a collection that has begun, which may keep what became garbage since.
		GC()
	}
}

// gosbrkMustCollect reports whether an object of size bytes fits into nothing that is free in the
// heap, and the heap may not grow by it. Other threads may take what is free.
func gosbrkMustCollect(size uintptr) (must bool) {
	systemstack(func() {
		lock(&mheap_.lock)
		if !mheap_.gosbrkHasPages((size-1)/pageSize + 1) {
			gosbrkFollowSpace(true)
			must = gosbrkHas()+uint64(size) > uint64(gcController.memoryLimit.Load())
		}
		unlock(&mheap_.lock)
	})
	return must
}

// gosbrkHasPages reports whether npages pages in a row are free. The heap is locked.
func (h *mheap) gosbrkHasPages(npages uintptr) bool {
	// As in pageAlloc.alloc: behind the last chunk nothing is free.
	if chunkIndex(h.pages.searchAddr.addr()) >= h.pages.end {
		return false
	}
	at, _ := h.pages.find(npages)
	return at != 0
}
