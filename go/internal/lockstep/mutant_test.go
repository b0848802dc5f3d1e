package lockstep

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// mutant is an engine with a bug.
type mutant struct {
	engine.Engine
	do    func(m *mutant, o op.Op, r op.Result) op.Result // has the engine's result and makes its own of it
	state func(m *mutant, s *engine.State)                // changes what the engine says of itself
	calls int                                             // of Do, since Init
	last  op.Op                                           // of them
}

// Init forgets the calls.
func (m *mutant) Init(cfg engine.Config) error {
	m.calls = 0
	return m.Engine.Init(cfg)
}

// Do counts the calls.
func (m *mutant) Do(o op.Op) op.Result {
	m.calls++
	m.last = o
	r := m.Engine.Do(o)
	if m.do != nil {
		return m.do(m, o, r)
	}
	return r
}

// State may lie.
func (m *mutant) State(s *engine.State) {
	m.Engine.State(s)
	if m.state != nil && m.calls > 0 {
		m.state(m, s)
	}
}

// poke returns a bug that changes a byte of the engine's memory after a free: the one so
// far behind what was freed.
func poke(offset uint64) func(*mutant, op.Op, op.Result) op.Result {
	return func(m *mutant, o op.Op, r op.Result) op.Result {
		if o.Kind == op.Free {
			m.Mem()[uint64(o.V)+offset] ^= 0x40
		}
		return r
	}
}

// Go's source follows a link that was overwritten to wherever it leads. There it faults,
// and that is a failure, not a crash.
func TestFaultInSourceIsAFailure(t *testing.T) {
	a, _ := twoSources(t)
	r := New(a)
	err := r.Guard(Patience, func() error {
		if err := r.Start(engine.Config{Limit: 1 << 16}); err != nil {
			return err
		}
		for _, o := range []op.Op{{Kind: op.Alloc, N: 8192}, {Kind: op.Free, V: 0, N: 4096}} {
			if err := r.Step(o); err != nil {
				return err
			}
		}
		binary.LittleEndian.PutUint64(a.Mem(), 1<<46)
		return r.Step(op.Op{Kind: op.Alloc, N: 8192})
	})
	var d *Difference
	if !errors.As(err, &d) || !strings.Contains(d.What, "mem_sbrk.go:") {
		t.Errorf("a fault is reported as: %v", err)
	}
}

// lesser is an engine that has a page less than it is given.
type lesser struct{ engine.Engine }

// Init lowers the limit.
func (e *lesser) Init(cfg engine.Config) error {
	cfg.Limit -= cfg.Profile.PageSize()
	return e.Engine.Init(cfg)
}

// stubborn is an engine that says of every call that it refused it, or of none.
type stubborn struct {
	engine.Engine
	says engine.Fault
}

// Do refuses if that is what the engine says.
func (s *stubborn) Do(o op.Op) op.Result {
	if s.says == engine.OK {
		return s.Engine.Do(o)
	}
	return op.Result{P: op.Nil}
}

// Refusal is always the same.
func (s *stubborn) Refusal() engine.Fault { return s.says }

// twoSources are two engines with bytes that agree.
func twoSources(t *testing.T) (a, b engine.Engine) {
	t.Helper()
	var all []*oracle.Source
	for _, s := range oracle.Sources() {
		if s.Profile == engine.Plan9 {
			all = append(all, s)
		}
	}
	if len(all) < 2 {
		t.Skip("this takes two Go releases with different source")
	}
	return all[0].Engine(), all[len(all)-1].Engine()
}

// script is a short one in which every bug here comes out.
func script(t *testing.T) *op.Script {
	t.Helper()
	s, err := op.Read(strings.NewReader(`
		init limit=0x10000
		alloc 12288
		alloc 4096
		alloc 4096
		alloc 4096
		free +0x1000 4096
		free +0x4000 4096
		alloc 4096
		alloc 65536
		free +0x5000 4096
	`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryBugIsSeenForWhatItIs(t *testing.T) {
	for _, bug := range []struct {
		name string
		want string
		do   func(*mutant, op.Op, op.Result) op.Result
		say  func(*mutant, *engine.State)
	}{
		{name: "none"},
		{name: "address", want: "the results differ", do: func(m *mutant, o op.Op, r op.Result) op.Result {
			if m.calls == 3 {
				r.P += 4096
			}
			return r
		}},
		{name: "nil", want: "the results differ", do: func(m *mutant, o op.Op, r op.Result) op.Result {
			if m.calls == 3 {
				r.P = op.Nil
			}
			return r
		}},
		{name: "bloc", want: "bloc differs", say: func(m *mutant, s *engine.State) { s.Bloc -= 4096 }},
		{name: "blocMax", want: "blocMax differs", say: func(m *mutant, s *engine.State) { s.BlocMax += 4096 }},
		{name: "end", want: "the end of memory differs", say: func(m *mutant, s *engine.State) { s.End += 4096 }},
		{name: "block lost", want: "the free list differs", say: func(m *mutant, s *engine.State) { s.Free = s.Free[:0] }},
		{name: "block larger", want: "the free list differs", say: func(m *mutant, s *engine.State) {
			for i := range s.Free {
				s.Free[i].Size += 4096
			}
		}},
		{name: "order", want: "the free list differs", say: func(m *mutant, s *engine.State) {
			if len(s.Free) == 2 {
				s.Free[0], s.Free[1] = s.Free[1], s.Free[0]
			}
		}},
		{name: "link", want: "failed: the free list leads to", do: poke(1)},
		{name: "size", want: "the free list differs", do: poke(9)},
		{name: "first byte after the header", want: "the byte at", do: poke(16)},
		{name: "last byte of the block", want: "the byte at", do: poke(4095)},
		{name: "live memory", want: "the byte at", do: poke(4096 + 77)},
		{name: "not cleared above the break", want: "the byte at +0x5", do: func(m *mutant, o op.Op, r op.Result) op.Result {
			if o.V == 0x5000 {
				m.Mem()[0x5123] = 7
			}
			return r
		}},
		{name: "failure", want: "failed: broken", do: func(m *mutant, o op.Op, r op.Result) op.Result {
			panic(&engine.Failure{Engine: m.Name(), Reason: "broken"})
		}},
	} {
		t.Run(bug.name, func(t *testing.T) {
			a, b := twoSources(t)
			r := New(a, &mutant{Engine: b, do: bug.do, state: bug.say}, model.New())
			err := r.Guard(Patience, func() error { return r.Script(script(t)) })
			var d *Difference
			switch {
			case bug.want == "" && err != nil:
				t.Fatalf("a difference without a bug: %v", err)
			case bug.want == "":
			case !errors.As(err, &d):
				t.Fatalf("the bug is not seen: %v", err)
			case !strings.Contains(d.What, bug.want):
				t.Errorf("the bug is seen as %q, want %q", d.What, bug.want)
			}
		})
	}
}

// twofold has the bytes of one engine and the state of another, as an engine has that
// does not go by the headers in its memory.
type twofold struct {
	engine.Engine
	ledger *model.Model
}

// Init starts both.
func (e *twofold) Init(cfg engine.Config) error {
	return errors.Join(e.Engine.Init(cfg), e.ledger.Init(cfg))
}

// Do makes the call in both.
func (e *twofold) Do(o op.Op) op.Result {
	e.ledger.Do(o)
	return e.Engine.Do(o)
}

// State is the ledger's.
func (e *twofold) State(s *engine.State) { e.ledger.State(s) }

func TestHeaderIsComparedWithTheList(t *testing.T) {
	for name, offset := range map[string]uint64{"link": 1, "size": 9} {
		a, b := twoSources(t)
		r := New(a, &mutant{Engine: &twofold{b, model.New()}, do: poke(offset)})
		err := r.Guard(Patience, func() error { return r.Script(script(t)) })
		var d *Difference
		if !errors.As(err, &d) || !strings.HasPrefix(d.What, "the header of the free block at +0x1000 is") {
			t.Errorf("a wrong %s in a header is seen as: %v", name, err)
		}
	}
}

func TestHangIsSeenAndNamed(t *testing.T) {
	r := New(model.New(), &mutant{Engine: model.New(), do: func(m *mutant, o op.Op, got op.Result) op.Result {
		if m.calls == 3 {
			select {}
		}
		return got
	}})
	err := r.Guard(200*time.Millisecond, func() error { return r.Script(script(t)) })
	var d *Difference
	if !errors.As(err, &d) || !d.Final || !strings.Contains(d.What, "model hangs") || len(d.Ops) != 3 {
		t.Fatalf("the hang in call 3 is reported as: %v", err)
	}
}

func TestRefusalsAreCompared(t *testing.T) {
	for _, c := range []struct {
		name string
		says engine.Fault
		op   op.Op
		want string
	}{
		{"right", engine.Zero, op.Op{Kind: op.Alloc}, ""},
		{"wrong code", engine.Range, op.Op{Kind: op.Alloc}, "the error code is E_RANGE and should be E_ZERO"},
		{"refuses nothing", engine.OK, op.Op{Kind: op.Free, V: 1, N: 4096}, "the error code is OK and should be E_UNALIGNED"},
		{"refuses a proper call", engine.Zero, op.Op{Kind: op.Free, N: 4096}, "the error code is E_ZERO and should be OK"},
		{"no code", engine.OK, op.Op{Kind: op.Alloc, N: 1 << 40}, "the error code is OK and should be E_NOMEM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &stubborn{Engine: model.New()}
			r := New(s, model.New())
			err := r.Guard(Patience, func() error {
				if err := r.Start(engine.Config{Limit: 1 << 16}); err != nil {
					return err
				}
				if err := r.Step(op.Op{Kind: op.Alloc, N: 8192}); err != nil {
					return err
				}
				s.says = c.says
				return r.Step(c.op)
			})
			var d *Difference
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (!errors.As(err, &d) || d.What != c.want):
				t.Errorf("%v; want %q", err, c.want)
			}
		})
	}
}

// mirror shows another engine's memory as its own and does nothing.
type mirror struct {
	engine.Engine
	last *op.Result
}

// Init does nothing.
func (mirror) Init(engine.Config) error { return nil }

// Do says what the other engine said.
func (m mirror) Do(op.Op) op.Result { return *m.last }

func TestEngineIsNotComparedWithItself(t *testing.T) {
	a, b := twoSources(t)
	r := New(a, b)
	if err := r.Guard(Patience, func() error { return r.Distinct(engine.Plan9) }); err != nil {
		t.Errorf("two engines: %v", err)
	}
	r = New(a, nil)
	r.engines[1] = mirror{a, &r.results[0]}
	err := r.Guard(Patience, func() error { return r.Distinct(engine.Plan9) })
	if err == nil || !strings.Contains(err.Error(), "are the same one") {
		t.Errorf("one engine twice: %v", err)
	}
}

// A bug that shows in any free of three pages is shrunk from hundreds of calls to the two
// that it takes.
func TestShrinkLeavesWhatItTakes(t *testing.T) {
	bug := func(m *mutant, s *engine.State) {
		if m.last.Kind == op.Free && m.last.V != op.Nil && m.last.N == 3*4096 {
			s.Bloc ^= 1
		}
	}
	for seed := range uint64(5) {
		r := New(model.New(), &mutant{Engine: model.New(), state: bug})
		err := r.Guard(Patience, func() error { return r.Random(engine.Plan9, seed, 100_000, func(int) {}) })
		var d *Difference
		if !errors.As(err, &d) {
			t.Fatalf("seed %d: the bug is not seen: %v", seed, err)
		}
		if s := r.Shrink(d, Patience); len(s.Ops) > 3 {
			t.Errorf("seed %d: %d calls were shrunk to %d: %v", seed, len(d.Ops), len(s.Ops), s.Ops)
		}
	}
}
