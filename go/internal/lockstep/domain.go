package lockstep

import (
	"math/bits"
	"slices"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// segment is what decides whether a call is a proper one.
type segment struct {
	cfg   engine.Config
	base  uint64 // absolute address of offset 0
	state *engine.State
	held  *op.Pages
	gone  gone
}

// gone has, by page number, where regions began that went back to the break. To free one
// again is a double free, while nobody else has had the memory; to free anything else up
// there is out of range.
type gone []bool

func (g gone) has(page uint64) bool { return page < uint64(len(g)) && g[page] }

// put notes a region that went back.
func (g *gone) put(page uint64) {
	for uint64(len(*g)) <= page {
		*g = append(*g, false)
	}
	(*g)[page] = true
}

// take forgets the regions in pages [first, end), which are handed out again.
func (g gone) take(first, end uint64) {
	n := uint64(len(g))
	clear(g[min(first, n):min(end, n)])
}

// judge returns engine.OK for a call that a careful caller may make: it has a defined
// effect in Go, and every engine shows the same. Otherwise it is why the call is to be
// refused. The order of the checks is part of it: size, alignment, range, what the range
// holds.
func (s *segment) judge(o op.Op) engine.Fault {
	switch o.Kind {
	case op.Alloc:
		return s.faultOfSize(o.N)
	case op.Reserve:
		if o.V == op.Nil || uint64(o.V) == s.state.Bloc {
			return s.faultOfSize(o.N)
		}
	case op.ReserveAligned:
		return s.faultOfAligned(o.N, o.Align)
	case op.Free:
		if o.V != op.Nil {
			return s.faultOfFree(uint64(o.V), o.N)
		}
	}
	return engine.OK
}

// faultOfSize judges a request for n bytes.
func (s *segment) faultOfSize(n uint64) engine.Fault {
	if n == 0 {
		return engine.Zero
	}
	rounded := s.cfg.Profile.Round(n)
	if rounded < n || s.wraps(rounded) {
		return engine.Overflow
	}
	return engine.OK
}

// wraps reports whether n more bytes, in whole pages, overflow where sbrk adds them up:
// in the address, or on wasm in the 32 bits of memory.grow's operand.
func (s *segment) wraps(n uint64) bool {
	if _, carry := bits.Add64(s.base+s.top(), n, 0); carry != 0 {
		return true
	}
	return s.cfg.Profile != engine.Plan9 && n/s.cfg.Profile.PageSize() > 1<<32-1
}

// faultOfAligned judges an aligned request.
func (s *segment) faultOfAligned(size, align uint64) engine.Fault {
	page := s.cfg.Profile.PageSize()
	switch {
	case size == 0:
		return engine.Zero
	case s.cfg.Profile.Round(size) < size:
		return engine.Overflow
	case align == 0 || align&(align-1) != 0:
		return engine.Align
	case size%page != 0:
		return engine.Unaligned
	case size+align < size || s.cfg.Profile.Round(size+align) < size:
		return engine.Overflow
	case s.cfg.Profile == engine.WasmGo121:
		return s.faultOfSize(size + align)
	}
	bloc := s.base + s.state.Bloc
	up := alignUp(bloc, align)
	if up < bloc || s.wraps(up-bloc+size) {
		return engine.Overflow
	}
	return engine.OK
}

// faultOfFree judges a free of what is not nil.
func (s *segment) faultOfFree(v, n uint64) engine.Fault {
	page := s.cfg.Profile.PageSize()
	end := v + s.cfg.Profile.Round(n)
	switch {
	case n == 0:
		return engine.Zero
	case s.cfg.Profile.Round(n) < n:
		return engine.Overflow
	case v%page != 0:
		return engine.Unaligned
	case v >= s.top() && end > v && end <= s.state.End && s.gone.has(v/page):
		return engine.DoubleFree
	case v < s.cfg.Profile.Round(s.cfg.Start) || end < v || end > s.top():
		return engine.Range
	}
	for i := v / page; i < end/page; i++ {
		switch {
		case s.listed(i * page):
			return engine.DoubleFree
		case s.held.At(i) == op.None:
			return engine.Range
		case i > v/page && s.held.At(i) == op.First:
			return engine.Mismatch
		}
	}
	if n%page != 0 && s.held.At(end/page) == op.Rest {
		return engine.Mismatch
	}
	return engine.OK
}

// listed reports whether the page at an address is on the free list.
func (s *segment) listed(addr uint64) bool {
	return slices.ContainsFunc(s.state.Free, func(b engine.Block) bool { return b.Addr <= addr && addr < b.Addr+b.Size })
}

// top is where sbrk hands out memory next, and so the end of what can have been handed
// out.
func (s *segment) top() uint64 {
	if s.cfg.Profile == engine.WasmGo121 {
		return s.state.End
	}
	return s.state.Bloc
}

func alignUp(n, a uint64) uint64 { return (n + a - 1) &^ (a - 1) }
