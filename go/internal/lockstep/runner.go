// Package lockstep drives engines side by side, op by op, and compares all there is to
// compare after every one: the result, the break, the free list, and every byte of the
// memory.
//
// [Runner.Step] is the one place where that happens. Scripts, random runs, the exhaustive
// search, the boundary sweep and the fuzz target are different ways to come up with the
// next op.
package lockstep

import (
	"fmt"
	"slices"
	"sync/atomic"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// defaultLimit is the limit of a segment whose configuration has none: profiles differ in
// theirs, and so may engines.
const defaultLimit = 4 << 30

// Runner drives engines. It is used by one goroutine at a time, inside [Runner.Guard].
type Runner struct {
	engines []engine.Engine
	asked   engine.Config  // what Start was given
	cfg     engine.Config  // how the segment started
	foreign []engine.Block // memory that is nobody's to look at
	held    op.Pages
	gone    gone
	ops     []op.Op // since Start
	before  engine.State
	now     []engine.State
	results []op.Result
	refused bool // the last call was misuse
	mems    [][]byte
	samples []sample // of the last Random
	flight  *Flight  // nil: nobody keeps a record

	// For the watchdog: how many calls were begun, and by which engine the present one.
	begun   atomic.Uint64
	current atomic.Int32
}

// New returns a runner for these engines; it awaits Start.
func New(engines ...engine.Engine) *Runner {
	n := len(engines)
	return &Runner{engines: engines, now: make([]engine.State, n), results: make([]op.Result, n), mems: make([][]byte, n)}
}

// Record keeps what is done in a flight recorder, for the case that the process does not
// survive it.
func (r *Runner) Record(f *Flight) { r.flight = f }

// Engines are the engines that are driven.
func (r *Runner) Engines() []engine.Engine { return r.engines }

// Start starts a fresh segment in every engine. If one is a guest, the others follow it
// to where it is.
func (r *Runner) Start(cfg engine.Config) error {
	if cfg.Limit == 0 {
		cfg.Limit = defaultLimit
	}
	r.asked, r.cfg, r.foreign = cfg, cfg, nil
	r.ops = r.ops[:0]
	r.held.Reset(cfg.Profile.PageSize())
	r.gone = r.gone[:0]
	r.flight.start(cfg)
	started := -1
	var prologue []op.Op
	for i, e := range r.engines {
		if g, ok := e.(engine.Guest); ok {
			if err := r.init(e); err != nil {
				return err
			}
			r.cfg, prologue = g.Prologue()
			r.foreign, started = g.Foreign(), i
			break
		}
	}
	for i, e := range r.engines {
		if i == started {
			continue
		}
		if err := r.init(e); err != nil {
			return err
		}
		for _, o := range prologue {
			e.Do(o)
		}
	}
	return r.compare()
}

// init starts a fresh segment in one engine.
func (r *Runner) init(e engine.Engine) error {
	if err := e.Init(r.cfg); err != nil {
		return fmt.Errorf("engine %s: %v: %w", e.Name(), r.cfg, err)
	}
	return nil
}

// Config is what the present segment was asked to start with.
func (r *Runner) Config() engine.Config { return r.asked }

// State is the state that all engines are in.
func (r *Runner) State() *engine.State { return &r.now[0] }

// Held is what callers hold. It may only be looked at.
func (r *Runner) Held() *op.Pages { return &r.held }

// Makes reports whether all engines take this call.
func (r *Runner) Makes(o op.Op) bool {
	for _, e := range r.engines {
		if !engine.Takes(e, o) {
			return false
		}
	}
	return true
}

// judge says whether a call of an engine is misuse. It depends on where the engine's
// memory lies only for sizes near 2^64.
func (r *Runner) judge(e engine.Engine, o op.Op) engine.Fault {
	s := segment{r.cfg, e.Base(), &r.now[0], &r.held, r.gone}
	return s.judge(o)
}

// Step makes one call in every engine and compares them. A call that is misuse is made
// only in engines that refuse misuse: they have to, for the right reason, and nothing may
// change. An error is a *Difference.
func (r *Runner) Step(o op.Op) error {
	r.ops = append(r.ops, o)
	r.flight.put(o)
	r.before.Free = append(r.before.Free[:0], r.now[0].Free...)
	r.before.Bloc, r.before.BlocMax, r.before.End = r.now[0].Bloc, r.now[0].BlocMax, r.now[0].End
	r.refused = false
	for i, e := range r.engines {
		fault := r.judge(e, o)
		r.refused = r.refused || fault != engine.OK
		refuser, refuses := e.(engine.Refuser)
		r.results[i] = op.Result{}
		if o.Kind.Returns() {
			r.results[i].P = op.Nil
		}
		if fault != engine.OK && !refuses {
			continue
		}
		r.current.Store(int32(i))
		r.begun.Add(1)
		r.results[i] = e.Do(o)
		if refuses {
			if err := r.compareRefusal(i, o, fault, refuser.Refusal()); err != nil {
				return err
			}
		}
	}
	for i := range r.results {
		if r.results[i] != r.results[0] {
			return r.difference("the results differ", 0, i)
		}
	}
	if !r.refused {
		r.note(o)
	}
	if err := r.compare(); err != nil {
		return err
	}
	if r.refused && !same(&r.before, &r.now[0]) {
		return r.difference("the state was changed by a call that was refused", 0, 0)
	}
	if !r.refused {
		r.scribble(o)
	}
	return nil
}

// note keeps the books on a proper call.
func (r *Runner) note(o op.Op) {
	r.held.Apply(o, r.results[0])
	switch got := r.results[0]; {
	case o.Kind == op.Free && o.V != op.Nil && uint64(o.V)+o.N == r.before.Bloc:
		r.gone.put(uint64(o.V) / r.held.Size)
	case o.Kind.Returns() && got.P != op.Nil:
		_, end := r.held.Region(uint64(got.P) / r.held.Size)
		r.gone.take(uint64(got.P)/r.held.Size, end)
	}
}

// lead makes a proper call and compares nothing but the results. The caller compares the
// rest before anyone looks at the state, and makes no call that is misuse: this is for
// the way to a state that has been compared before.
func (r *Runner) lead(o op.Op) error {
	r.ops = append(r.ops, o)
	r.flight.put(o)
	for i, e := range r.engines {
		r.current.Store(int32(i))
		r.begun.Add(1)
		r.results[i] = e.Do(o)
		if r.results[i] != r.results[0] {
			return r.difference("the results differ", 0, i)
		}
	}
	r.held.Apply(o, r.results[0])
	r.scribble(o)
	return nil
}

// compareRefusal compares the code that an engine left behind with the one for this call.
func (r *Runner) compareRefusal(i int, o op.Op, want, got engine.Fault) error {
	if want == engine.OK && o.Kind.Returns() && r.results[i].P == op.Nil {
		declined := o.Kind == op.Reserve && o.V != op.Nil && uint64(o.V) != r.before.Bloc
		if !declined {
			want = engine.NoMem
		}
	}
	if got != want {
		return r.difference(fmt.Sprintf("the error code is %s and should be %s", got, want), i, i)
	}
	return nil
}

// compare compares the engines' states and memories.
func (r *Runner) compare() error {
	for i, e := range r.engines {
		e.State(&r.now[i])
		r.mems[i] = e.Mem()
	}
	first := -1 // engine with bytes
	for i := range r.engines {
		a, b := &r.now[0], &r.now[i]
		switch {
		case a.Bloc != b.Bloc:
			return r.difference("bloc differs", 0, i)
		case a.BlocMax != b.BlocMax:
			return r.difference("blocMax differs", 0, i)
		case a.End != b.End:
			return r.difference("the end of memory differs", 0, i)
		case !slices.Equal(a.Free, b.Free):
			return r.difference("the free list differs", 0, i)
		}
		if r.mems[i] == nil {
			continue
		}
		if first < 0 {
			first = i
		}
		if err := r.compareBytes(first, i); err != nil {
			return err
		}
	}
	return nil
}

// same reports whether two states are the same.
func same(a, b *engine.State) bool {
	return a.Bloc == b.Bloc && a.BlocMax == b.BlocMax && a.End == b.End && slices.Equal(a.Free, b.Free)
}
