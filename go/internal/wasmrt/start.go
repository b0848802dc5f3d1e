package wasmrt

import (
	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Start is the state of the layer when the guest had started and nothing had been asked of it yet.
func (e *Engine) Start() engine.State { return e.start }

// Foreign lists the memory that the guest and its runtime hold for themselves, in address order. It is the same until the next
// Init: the driver never gets any of it, and so can neither know nor change what is in there.
func (e *Engine) Foreign() []engine.Block { return e.foreign }

// inUse finds what is neither free nor above the break at the start.
func (e *Engine) inUse() []engine.Block {
	end := e.start.Bloc
	if e.program.Profile() == engine.WasmGo121 {
		end = e.start.End
	}
	var used []engine.Block
	at := uint64(0)
	for _, b := range e.start.Free {
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

// Prologue says how another engine gets into the state of Start: the configuration to start it with, and the ops to give it
// then. They take all that the runtime had taken at one go, and free what it had freed.
func (e *Engine) Prologue() (engine.Config, []op.Op) {
	s := e.start
	c := engine.Config{Profile: e.program.Profile(), Start: s.Bloc, Initial: s.End, Limit: uint64(len(e.guest.mem.mapping))}
	from, end := s.Bloc, s.Bloc
	if c.Profile == engine.WasmGo121 {
		// Memory before the first growth is never handed out there.
		from, end = e.guest.initial, s.End
		c.Initial = from
	} else if len(s.Free) > 0 {
		from = s.Free[0].Addr
		c.Start = from
	}
	var ops []op.Op
	if from < end {
		ops = append(ops, op.Op{Kind: op.Alloc, N: end - from})
	}
	for _, b := range s.Free {
		n := b.Size
		if b.Addr+n == s.Bloc {
			n-- // a whole number of pages would lower the break; this is listed, as the runtime's was
		}
		ops = append(ops, op.Op{Kind: op.Free, V: op.Ptr(b.Addr), N: n})
	}
	return c, ops
}
