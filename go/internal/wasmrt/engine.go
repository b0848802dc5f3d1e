// Package wasmrt is the engine that asks the real thing: a Go program compiled for WebAssembly whose own, unmodified runtime
// performs every op, hosted in this process by wazero.
package wasmrt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// pageSize is a page of WebAssembly, and what the runtime takes for physPageSize there.
const pageSize = 65536

// maxMemory is the most memory a 32-bit WebAssembly program can have.
const maxMemory = 1 << 32

// Engine drives the memory layer inside a running Go program.
//
// The program's runtime has used its layer before the first op: where bloc, blocMax and the free list stand then is the
// runtime's own affair (Start tells), and the memory that is in use by then never becomes the driver's (Foreign tells).
type Engine struct {
	// RefuseEvery makes the guest's memory refuse every RefuseEvery-th growth, from the next Init on. 0: none.
	RefuseEvery int

	program *Program
	cache   wazero.CompilationCache
	guest   *guest
	start   engine.State
	foreign []engine.Block
}

var (
	_ engine.Engine = (*Engine)(nil)
	_ engine.Picky  = (*Engine)(nil)
)

// New returns an engine that runs the program. It has no guest before Init.
func New(p *Program) *Engine {
	return &Engine{program: p, cache: wazero.NewCompilationCache()}
}

// Name implements engine.Engine.
func (e *Engine) Name() string { return "runtime " + e.program.root.Version }

// Init starts the guest anew. The runtime brings its own start and initial; those of c are not looked at. The limit holds for
// the size of the guest's memory, and must leave room for the runtime itself: about 30 MB.
func (e *Engine) Init(c engine.Config) error {
	if want := e.program.Profile(); c.Profile != want {
		return fmt.Errorf("%s: its profile is %s, not %s", e.Name(), want, c.Profile)
	}
	if err := e.end(); err != nil {
		return err
	}
	limit := uint64(maxMemory)
	if c.Limit != 0 {
		limit = min(limit, c.Limit&^(pageSize-1))
	}
	g, err := start(context.Background(), e.program.code, e.cache, limit, e.RefuseEvery)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name(), err)
	}
	e.guest = g
	e.start = engine.State{}
	e.State(&e.start)
	e.foreign = e.inUse()
	return nil
}

// Supports implements engine.Engine: the runtime has every function.
func (e *Engine) Supports(op.Kind) bool { return true }

// Takes implements engine.Picky: before Go 1.27 freeing nil clears memory from address 0 on.
func (e *Engine) Takes(o op.Op) bool {
	return o.Kind != op.Free || o.V != op.Nil || e.program.root.Minor() >= 27
}

// Do implements engine.Engine.
func (e *Engine) Do(o op.Op) op.Result {
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
func (e *Engine) Refused() bool { return e.guest.mem.refused }

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
	return errors.Join(e.end(), e.cache.Close(context.Background()))
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
