package lockstep

import (
	"math/bits"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// segment is what decides whether a call is a proper one.
type segment struct {
	cfg   engine.Config
	base  uint64 // absolute address of offset 0
	state *engine.State
	held  *op.Pages
}

// verdict is what a call's arguments deserve.
type verdict struct {
	// fault is engine.OK for a call that a careful caller may make: it has a defined effect in Go, and every engine shows the
	// same. Otherwise it is why the call is to be refused.
	fault engine.Fault
	// exact is set where the fault can be seen only by who knows every page: a free across the border of two regions, of memory
	// that was never handed out, or of a size that ends inside a page of a region that goes on. No run here makes such a call.
	exact bool
}

// judge comes to a verdict. The order of the checks is part of it: size, alignment, range, what the range holds.
func (s *segment) judge(o op.Op) verdict {
	switch o.Kind {
	case op.Alloc:
		return verdict{fault: s.faultOfSize(o.N)}
	case op.Reserve:
		if o.V == op.Nil || uint64(o.V) == s.state.Bloc {
			return verdict{fault: s.faultOfSize(o.N)}
		}
	case op.ReserveAligned:
		return verdict{fault: s.faultOfAligned(o.N, o.Align)}
	case op.Free:
		if o.V != op.Nil {
			return s.judgeFree(uint64(o.V), o.N)
		}
	}
	return verdict{}
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

// wraps reports whether n more bytes, in whole pages, overflow where sbrk adds them up: in the address, or on wasm in the 32
// bits of memory.grow's operand.
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

// judgeFree judges a free of what is not nil.
func (s *segment) judgeFree(v, n uint64) verdict {
	page := s.cfg.Profile.PageSize()
	end := v + s.cfg.Profile.Round(n)
	switch {
	case n == 0:
		return verdict{fault: engine.Zero}
	case s.cfg.Profile.Round(n) < n:
		return verdict{fault: engine.Overflow}
	case v%page != 0:
		return verdict{fault: engine.Unaligned}
	case v < s.cfg.Profile.Round(s.cfg.Start) || end < v || end > s.top():
		return verdict{fault: engine.Range}
	}
	for _, b := range s.state.Free {
		if b.Addr < end && v < b.Addr+b.Size {
			return verdict{fault: engine.DoubleFree}
		}
	}
	for i := v / page; i < end/page; i++ {
		switch {
		case s.held.At(i) == op.None:
			return verdict{engine.Range, true}
		case i > v/page && s.held.At(i) == op.First:
			return verdict{engine.Mismatch, true}
		}
	}
	if n%page != 0 && s.held.At(end/page) == op.Rest {
		return verdict{engine.Mismatch, true}
	}
	return verdict{}
}

// top is where sbrk hands out memory next, and so the end of what can have been handed out.
func (s *segment) top() uint64 {
	if s.cfg.Profile == engine.WasmGo121 {
		return s.state.End
	}
	return s.state.Bloc
}

func alignUp(n, a uint64) uint64 { return (n + a - 1) &^ (a - 1) }
