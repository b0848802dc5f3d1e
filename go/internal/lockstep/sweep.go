package lockstep

import (
	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// sweepWidth is how many values the sweep goes through at each place where arithmetic can
// go wrong.
const sweepWidth = 1 << 16

// sweepPlaces are those places: the ends of the address space, of 31 and 32 bits, of user
// space, of what a pointer can be.
var sweepPlaces = []struct {
	name  string
	first uint64 // of sweepWidth values
}{
	{"0", 0},
	{"2^31", 1<<31 - sweepWidth/2},
	{"2^32", 1<<32 - sweepWidth/2},
	{"2^47", 1<<47 - sweepWidth/2},
	{"2^48", 1<<48 - sweepWidth/2},
	{"2^63", 1<<63 - sweepWidth/2},
	{"2^64", 1<<64 - sweepWidth},
}

// Swept is what a sweep has done.
type Swept struct {
	Calls   int64
	Refused int64 // of them, as misuse
}

// Sweep makes every call with a size, with 65,536 sizes round each place where arithmetic
// can go wrong, or every stride-th of them, and aligned reserves with every alignment of
// interest, all of it with and without a free list. It reports how far it is.
func (r *Runner) Sweep(profile engine.Profile, stride uint64, report func(place string, calls int64)) (Swept, error) {
	s := sweep{runner: r, page: profile.PageSize(), cfg: engine.Config{Profile: profile}}
	for _, listed := range []bool{false, true} {
		if err := s.scene(listed); err != nil {
			return s.swept, err
		}
		for _, place := range sweepPlaces {
			report(place.name, s.swept.Calls)
			for i := uint64(0); i < sweepWidth; i += stride {
				if err := s.sizes(place.first + i); err != nil {
					return s.swept, err
				}
			}
		}
		report("alignments", s.swept.Calls)
		if err := s.alignments(); err != nil {
			return s.swept, err
		}
	}
	return s.swept, nil
}

// sweep is one sweep.
type sweep struct {
	runner *Runner
	page   uint64
	cfg    engine.Config
	way    []op.Op // the calls that set the scene
	home   engine.State
	swept  Swept
}

// scene sets a small heap: two pages held, and with a list two free ones and one more
// held; then room for one to four. One page below the start keeps the break off offset 0,
// where an alignment larger than that of the bases could be met by chance.
func (s *sweep) scene(listed bool) error {
	p := s.page
	s.cfg.Start, s.cfg.Initial, s.cfg.Limit = p, 7*p, 7*p
	if s.cfg.Profile == engine.WasmGo121 {
		s.cfg.Initial = 0 // memory that is there at the start would be nobody's
	}
	s.way = []op.Op{{Kind: op.Alloc, N: 2 * p}}
	if listed {
		s.way = append(s.way,
			op.Op{Kind: op.Alloc, N: 2 * p},
			op.Op{Kind: op.Alloc, N: p},
			op.Op{Kind: op.Free, V: op.Ptr(3 * p), N: 2 * p})
	}
	return s.set()
}

// set sets the scene.
func (s *sweep) set() error {
	if err := s.runner.Start(s.cfg); err != nil {
		return err
	}
	for _, o := range s.way {
		if err := s.runner.Step(o); err != nil {
			return err
		}
	}
	s.home = clone(s.runner.State())
	return nil
}

// sizes makes every call with a size of n bytes.
func (s *sweep) sizes(n uint64) error {
	for _, o := range [...]op.Op{
		{Kind: op.Alloc, N: n},
		{Kind: op.Reserve, V: op.Nil, N: n},
		{Kind: op.Reserve, V: op.Ptr(s.home.Bloc), N: n},
		{Kind: op.Reserve, V: op.Ptr(s.home.Bloc + s.page), N: n},
		{Kind: op.ReserveAligned, N: n, Align: 2 * s.page},
		{Kind: op.Free, V: op.Ptr(s.page), N: n},
	} {
		if err := s.call(o); err != nil {
			return err
		}
	}
	return nil
}

// alignments makes aligned reserves of few pages, of all there are and of far too many,
// with every power of two, its neighbours, and what is no power of two at all.
func (s *sweep) alignments() error {
	p := s.page
	aligns := []uint64{0, 3 * p, 5 * p, 6 * p, -p, -p - 1}
	for k := range 64 {
		aligns = append(aligns, 1<<k, 1<<k-1, 1<<k+1)
	}
	for _, size := range []uint64{
		p, 2 * p, 4 * p, 5 * p,
		1 << 31, 1 << 32, 1 << 47, 1 << 48, 1 << 62, 1<<63 - p, 1 << 63, -p - p, -p,
	} {
		for _, align := range aligns {
			if err := s.call(op.Op{Kind: op.ReserveAligned, N: size, Align: align}); err != nil {
				return err
			}
		}
	}
	return nil
}

// call makes a call, if it can be made, and goes back to where the scene was set.
func (s *sweep) call(o op.Op) error {
	r := s.runner
	if !r.Makes(o) {
		return nil
	}
	if err := r.Step(o); err != nil {
		return err
	}
	s.swept.Calls++
	if r.refused {
		s.swept.Refused++
	}
	if same(r.State(), &s.home) {
		return nil
	}
	// What was given from a block goes back into it, and what came from the break to the
	// break; but not always.
	if got := r.results[0]; o.Kind != op.Free {
		size := max(got.N, s.cfg.Profile.Round(o.N))
		if err := r.Step(op.Op{Kind: op.Free, V: got.P, N: size}); err != nil {
			return err
		}
		if same(r.State(), &s.home) {
			return nil
		}
	}
	return s.set()
}
