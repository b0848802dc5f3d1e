// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

package runtime

// The memory limit comes from RLIMIT_AS and what was mapped when the program started. Files that
// are mapped later, memory of C code and threads leave less. So it is looked at again when the heap
// grows, and when a collection ends.

var (
	// gosbrkAddressSpace is RLIMIT_AS in bytes at the start, if it counts for the memory limit;
	// else 0.
	gosbrkAddressSpace uintptr

	// gosbrkFirstLimit is the memory limit in bytes that the program started with.
	gosbrkFirstLimit int64
)

// gosbrkFollowSpace sets the memory limit to 15/16 of what RLIMIT_AS leaves besides all that is
// not the runtime's, but at most to what it was at the start. As there, the rest is for what the
// heap passes the collector's goal by, and for its holes. Where the heap does not grow, the limit
// does not fall below what the runtime has. If the kernel does not say what is mapped, or the
// program or GOMEMLIMIT has set another limit, nothing changes.
//
// gosbrkMemoryLimit is the limit that was set here last. The world is stopped, or the heap is
// locked.
func gosbrkFollowSpace(grows bool) {
	c := &gcController
	if gosbrkAddressSpace == 0 || c.memoryLimit.Load() != gosbrkMemoryLimit {
		return
	}
	has := int64(gosbrkHas())
	others := gosbrkAllMapped() - has
	if others < 0 {
		return
	}
	limit := min(max(int64(gosbrkAddressSpace)-others, 0)/16*15, gosbrkFirstLimit)
	if !grows {
		limit = max(limit, min(has, gosbrkMemoryLimit))
	}
	gosbrkMemoryLimit = limit
	c.memoryLimit.Store(limit)
}

// gosbrkHas gives the bytes that the memory limit is about, stacks and tables too, and those that
// the heap has given back and can use again.
func gosbrkHas() uint64 {
	return gcController.mappedReady.Load() + gcController.heapReleased.load()
}
