package lockstep

import (
	"errors"
	"time"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// symbol is an op whose address follows what it refers to, so that it still means the
// same when ops before it are left out and memory comes to lie elsewhere.
type symbol struct {
	op     op.Op
	fault  engine.Fault // its verdict in the script it comes from
	region int          // index of the op that gave the memory at V; -1 if none did
	offset uint64       // of V in that memory
	atBloc bool         // V is bloc
}

// Shrink looks for a shorter script that ends in a difference too, by leaving out ops as
// long as that is so, and no longer than the time it is given. It returns the last
// difference it saw, which is d if there is nothing to gain or nothing to be run.
func (r *Runner) Shrink(d *Difference, patience time.Duration) *Difference {
	if d.Final {
		return d
	}
	symbols := r.symbols(d)
	best := d
	deadline := time.Now().Add(patience)
	for size := (len(symbols) + 1) / 2; size > 0 && time.Now().Before(deadline); {
		shorter := false
		for at := 0; at < len(symbols) && time.Now().Before(deadline); {
			skip := make(map[int]bool, size)
			for i := at; i < min(at+size, len(symbols)); i++ {
				skip[i] = true
			}
			found := r.replay(d.Config, symbols, skip)
			if found == nil || len(found.Ops) >= len(best.Ops) {
				at += size
				continue
			}
			best, shorter = found, true
			if found.Final {
				return best
			}
			symbols = r.symbols(best)
		}
		if size == 1 && !shorter {
			break
		}
		size = max(size/2, 1)
	}
	return best
}

// symbols runs a difference's script once more, to find out what every op refers to.
func (r *Runner) symbols(d *Difference) []symbol {
	symbols := make([]symbol, len(d.Ops))
	owners := map[uint64]int{} // page to the op that gave it
	gave := map[int]op.Ptr{}
	i := 0
	_ = r.run(d.Config, func() (op.Op, bool) {
		if i > 0 {
			r.own(owners, gave, i-1)
		}
		if i == len(d.Ops) {
			return op.Op{}, false
		}
		o := d.Ops[i]
		s := symbol{op: o, region: -1, fault: r.judge(r.engines[0], o)}
		takesAddr := o.Kind != op.Alloc && o.Kind != op.ReserveAligned && o.V != op.Nil
		if owner, ok := owners[uint64(o.V)/r.held.Size]; ok && takesAddr {
			s.region, s.offset = owner, uint64(o.V-gave[owner])
		}
		s.atBloc = o.Kind == op.Reserve && uint64(o.V) == r.State().Bloc
		symbols[i] = s
		i++
		return o, true
	})
	return symbols
}

// own notes the pages that the last op gave, as those of op number i.
func (r *Runner) own(owners map[uint64]int, gave map[int]op.Ptr, i int) {
	o, got := r.ops[len(r.ops)-1], r.results[0]
	if !o.Kind.Returns() || got.P == op.Nil {
		return
	}
	gave[i] = got.P
	for page := uint64(got.P) / r.held.Size; r.held.At(page) != op.None; page++ {
		if page != uint64(got.P)/r.held.Size && r.held.At(page) == op.First {
			break
		}
		owners[page] = i
	}
}

// replay runs the symbols but those to skip, and those that would no longer be what they
// were.
func (r *Runner) replay(cfg engine.Config, symbols []symbol, skip map[int]bool) *Difference {
	owners := map[uint64]int{}
	gave := map[int]op.Ptr{}
	i, last := 0, -1
	err := r.run(cfg, func() (op.Op, bool) {
		if last >= 0 {
			r.own(owners, gave, last)
		}
		for ; i < len(symbols); i++ {
			s := symbols[i]
			at, given := gave[s.region]
			if skip[i] || s.region >= 0 && !given {
				continue
			}
			switch {
			case s.atBloc:
				s.op.V = op.Ptr(r.State().Bloc)
			case s.region >= 0:
				s.op.V = at + op.Ptr(s.offset)
			}
			if r.Makes(s.op) && r.judge(r.engines[0], s.op) == s.fault {
				last = i
				i++
				return s.op, true
			}
		}
		return op.Op{}, false
	})
	var d *Difference
	errors.As(err, &d)
	return d
}

// run starts a segment and makes the calls that next comes up with, guarded.
func (r *Runner) run(cfg engine.Config, next func() (op.Op, bool)) error {
	return r.Guard(Patience, func() error {
		if err := r.Start(cfg); err != nil {
			return err
		}
		for {
			o, ok := next()
			if !ok {
				return nil
			}
			if err := r.Step(o); err != nil {
				return err
			}
		}
	})
}
