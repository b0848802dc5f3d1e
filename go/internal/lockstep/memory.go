package lockstep

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"gosbrk/internal/op"
)

// headerSize is the size of memHdr, whose first half is a link and so an address.
const headerSize = 16

// compareBytes compares all bytes of two engines, whose states are the same, but for
// foreign memory. Of the headers of free blocks it compares each engine's link with where
// the engine's next block is, and the rest byte by byte.
func (r *Runner) compareBytes(a, b int) error {
	for _, i := range []int{a, b} {
		if err := r.compareHeaders(i); err != nil {
			return err
		}
	}
	if a == b {
		return nil
	}
	x, y, end := r.mems[a], r.mems[b], r.now[a].End
	free, foreign := r.now[a].Free, r.foreign
	for from := uint64(0); from < end; {
		// What comes next that is not to be compared: a header, foreign memory, or the
		// end.
		to, next := end, end
		if len(free) > 0 {
			to, next = free[0].Addr, free[0].Addr+headerSize
		}
		if len(foreign) > 0 && foreign[0].Addr < to {
			to, next = foreign[0].Addr, foreign[0].Addr+foreign[0].Size
			foreign = foreign[1:]
		} else if len(free) > 0 {
			free = free[1:]
		}
		if !bytes.Equal(x[from:to], y[from:to]) {
			return r.differenceAt(a, b, from)
		}
		from = next
	}
	return nil
}

// compareHeaders compares the headers in an engine's memory with its free list.
func (r *Runner) compareHeaders(i int) error {
	mem, free, base := r.mems[i], r.now[i].Free, r.engines[i].Base()
	for k, block := range free {
		next, link := binary.LittleEndian.Uint64(mem[block.Addr:]), uint64(0)
		if k+1 < len(free) {
			link = base + free[k+1].Addr
		}
		if size := binary.LittleEndian.Uint64(mem[block.Addr+8:]); next != link || size != block.Size {
			what := fmt.Sprintf("the header of the free block at %v is {next %#x, size %d} and should be "+
				"{next %#x, size %d}", op.Ptr(block.Addr), next, size, link, block.Size)
			return r.difference(what, i, i)
		}
	}
	return nil
}

// differenceAt reports the first byte from on that is not the same in two engines.
func (r *Runner) differenceAt(a, b int, from uint64) error {
	at := from
	for r.mems[a][at] == r.mems[b][at] {
		at++
	}
	return r.difference(fmt.Sprintf("the byte at %v is %#02x and %#02x", op.Ptr(at), r.mems[a][at], r.mems[b][at]), a, b)
}

// osPage is how far apart, at most, the marks are that scribble leaves in new memory.
const osPage = 4096

// maxMarks bounds the marks in one region, so that a script with regions of many
// megabytes does not touch all of them.
const maxMarks = 64

// scribble writes what users would write: the same bytes in all engines, into the memory
// that the call gave, at the start of each page (where a header may come to lie) and at
// its end and between, and into one held page. So whatever fails to be cleared later is
// seen.
func (r *Runner) scribble(o op.Op) {
	mix := uint64(len(r.ops)) * 0x9e3779b97f4a7c15
	if got := r.results[0]; o.Kind.Returns() && got.P != op.Nil {
		size := o.N
		if o.Kind == op.ReserveAligned {
			size = got.N
		}
		size = r.cfg.Profile.Round(size)
		step := max(osPage, alignUp(size/maxMarks, osPage))
		for at := uint64(got.P); at < uint64(got.P)+size; at += step {
			r.store(at, mix|1)
			r.store(at+8, ^mix|1)
			r.store(at+16+mix>>53&^7, mix|1)
			r.store(at+osPage-8, mix|1)
		}
	}
	if pages := uint64(len(r.held.Tags)); pages > 0 {
		if page := mix >> 32 % pages; r.held.Tags[page] != op.None {
			r.store(page*r.held.Size+mix>>40%(r.held.Size/8)*8, mix|1)
		}
	}
}

// store writes a word into every engine's memory.
func (r *Runner) store(at, value uint64) {
	for _, mem := range r.mems {
		if mem != nil {
			binary.LittleEndian.PutUint64(mem[at:], value)
		}
	}
}
