// Package wasmrt is the engine that asks the real thing: a Go program compiled for WebAssembly whose own, unmodified runtime
// performs every op, hosted in this process by wazero.
package wasmrt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// pageSize is a page of WebAssembly, and what the runtime takes for physPageSize there.
const pageSize = 65536

// maxMemory is the most memory a 32-bit WebAssembly program can have, and bootMemory is more than the runtime takes to start:
// 26 MB in Go 1.21, under 3 MB in Go 1.27.
const (
	maxMemory  = 1 << 32
	bootMemory = 64 << 20
)

// keepFree is the most that a free block has when the driving begins. What there is more, 2.5 MB in Go 1.25, would only be so
// many more bytes to compare after every op.
const keepFree = 4 * pageSize

// Engine drives the memory layer inside a running Go program. The guest is a coroutine, so whoever uses the engine must either
// never be locked to a thread (runtime.LockOSThread), or always to the same.
type Engine struct {
	// RefuseEvery makes the guest's memory refuse every RefuseEvery-th growth that its limit would allow. 0: none.
	RefuseEvery int

	program *Program
	host    *host
	guest   *guest
	start   engine.State   // before the first op
	foreign []engine.Block // the program's own memory then

	serving bool // what the guest does is asked of it
	growths int  // how many were asked for, refused ones included, while some guest served
	refused bool // the last call had one refused because of RefuseEvery
}

var (
	_ engine.Engine = (*Engine)(nil)
	_ engine.Guest  = (*Engine)(nil)
	_ engine.Picky  = (*Engine)(nil)
)

// New returns an engine that runs the program. It has no guest before Init.
func New(p *Program) *Engine {
	return &Engine{program: p}
}

// Name implements engine.Engine.
func (e *Engine) Name() string { return "runtime " + e.program.root.Version }

// Init starts the guest anew. The limit is how much its memory may grow beyond what it has then.
func (e *Engine) Init(c engine.Config) error {
	if want := e.program.Profile(); c.Profile != want {
		return fmt.Errorf("%s: its profile is %s, not %s", e.Name(), want, c.Profile)
	}
	if err := e.end(); err != nil {
		return err
	}
	room := uint64(maxMemory)
	if c.Limit != 0 {
		room = min(room, c.Limit&^(pageSize-1))
	}
	ctx := context.Background()
	if e.host == nil {
		h, err := newHost(ctx, e.program.code)
		if err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
		e.host = h
	}
	e.serving = false
	g, err := e.host.start(ctx, min(maxMemory, bootMemory+room), e.refuse)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name(), err)
	}
	e.guest = g
	e.trim()
	g.mem.limit = min(g.mem.limit, g.mem.size+room)
	e.serving = true
	e.State(&e.start)
	e.foreign = inUse(c.Profile, &e.start)
	return nil
}

// trim takes what is free and more than keepFree of a block. The engine holds that, and never uses it.
func (e *Engine) trim() {
	for {
		e.State(&e.start)
		largest := uint64(0)
		for _, b := range e.start.Free {
			largest = max(largest, b.Size)
		}
		if largest <= keepFree {
			return
		}
		e.Do(op.Op{Kind: op.Alloc, N: largest - keepFree})
	}
}

// Supports implements engine.Engine: the runtime has every function.
func (e *Engine) Supports(op.Kind) bool { return true }

// Takes implements engine.Picky: before Go 1.27 freeing nil clears memory from address 0 on.
func (e *Engine) Takes(o op.Op) bool {
	return o.Kind != op.Free || o.V != op.Nil || e.program.root.Minor() >= 27
}

// Do implements engine.Engine.
func (e *Engine) Do(o op.Op) op.Result {
	e.refused = false
	v := uint64(o.V)
	if o.V == op.Nil {
		v = 0
	}
	p, n, err := e.guest.call(uint64(o.Kind), v, o.N, o.Align)
	if err != nil {
		e.fail(err)
	}
	if !o.Kind.Returns() {
		return op.Result{}
	}
	if p == 0 {
		return op.Result{P: op.Nil, N: n}
	}
	return op.Result{P: op.Ptr(p), N: n}
}

// Refused reports whether the last op had a growth refused because of RefuseEvery.
func (e *Engine) Refused() bool { return e.refused }

// refuse decides on a growth.
func (e *Engine) refuse() bool {
	if !e.serving || e.RefuseEvery == 0 {
		return false
	}
	e.growths++
	e.refused = e.growths%e.RefuseEvery == 0
	return e.refused
}

// State implements engine.Engine. It reads the runtime's own variables and headers.
func (e *Engine) State(s *engine.State) {
	g := e.guest
	s.Bloc, s.BlocMax, s.End = g.last.bloc, g.last.blocMax, g.mem.size
	s.Free = s.Free[:0]
	for at := g.last.freelist; at != 0; {
		if at%pageSize != 0 || at >= g.mem.size || len(s.Free) > int(g.mem.size/pageSize) {
			e.fail(fmt.Errorf("its free list leads to %#x, which is no block (memory ends at %#x)", at, g.mem.size))
		}
		header := g.mem.mapping[at:]
		s.Free = append(s.Free, engine.Block{Addr: at, Size: binary.LittleEndian.Uint64(header[8:])})
		at = binary.LittleEndian.Uint64(header)
	}
}

// Mem implements engine.Engine: the guest's memory from address 0 on. Only what lies outside Foreign means anything.
func (e *Engine) Mem() []byte { return e.guest.mem.mapping[:e.guest.mem.size] }

// Base implements engine.Engine: the guest's addresses are the offsets.
func (e *Engine) Base() uint64 { return 0 }

// Close implements engine.Engine.
func (e *Engine) Close() error {
	err := e.end()
	if e.host != nil {
		err = errors.Join(err, e.host.close(context.Background()))
		e.host = nil
	}
	return err
}

// end ends the guest, if there is one.
func (e *Engine) end() error {
	if e.guest == nil {
		return nil
	}
	g := e.guest
	e.guest = nil
	return g.close()
}

// fail is for what makes every further comparison pointless.
func (e *Engine) fail(err error) {
	panic(&engine.Failure{Engine: e.Name(), Reason: err.Error()})
}
