package wasmrt

import (
	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Foreign implements engine.Guest.
func (e *Engine) Foreign() []engine.Block { return e.foreign }

// Prologue implements engine.Guest.
func (e *Engine) Prologue() (engine.Config, []op.Op) {
	return prologue(e.program.Profile(), &e.start, e.host.initialMemory(), e.guest.mem.limit)
}

// inUse lists what is neither free nor above the break, or in profile WasmGo121 above the end of memory.
func inUse(profile engine.Profile, s *engine.State) []engine.Block {
	end := s.Bloc
	if profile == engine.WasmGo121 {
		end = s.End
	}
	var used []engine.Block
	at := uint64(0)
	for _, b := range s.Free {
		if b.Addr > at {
			used = append(used, engine.Block{Addr: at, Size: b.Addr - at})
		}
		at = b.Addr + b.Size
	}
	if at < end {
		used = append(used, engine.Block{Addr: at, Size: end - at})
	}
	return used
}

// prologue leads from an empty segment to the state s: the calls take all that is below the break at one go, and free what is
// free. In profile WasmGo121 the memory that was there initially is never given out, and has no part in this.
func prologue(profile engine.Profile, s *engine.State, initial, limit uint64) (engine.Config, []op.Op) {
	c := engine.Config{Profile: profile, Start: s.Bloc, Initial: s.End, Limit: limit}
	from, to := s.Bloc, s.Bloc
	switch {
	case profile == engine.WasmGo121:
		c.Initial = initial
		from, to = initial, s.End
	case len(s.Free) > 0:
		c.Start = s.Free[0].Addr
		from = c.Start
	}
	var ops []op.Op
	if from < to {
		ops = append(ops, op.Op{Kind: op.Alloc, N: to - from})
	}
	for _, b := range s.Free {
		n := b.Size
		if b.Addr+n == s.Bloc {
			n-- // a whole number of pages would lower the break instead
		}
		ops = append(ops, op.Op{Kind: op.Free, V: op.Ptr(b.Addr), N: n})
	}
	return c, ops
}
