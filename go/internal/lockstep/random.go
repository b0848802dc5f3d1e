package lockstep

import (
	"math/rand/v2"
	"slices"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// sessionOps is about how many ops a random run makes in one segment.
const sessionOps = 1000

// Random makes so many random calls, in segments of about 1,000 calls and a few pages
// each. The same seed makes the same calls. After every segment it reports how many calls
// it has made.
func (r *Runner) Random(profile engine.Profile, seed uint64, ops int, report func(done int)) error {
	r.samples = nil
	for done, session := 0, uint64(0); done < ops; session++ {
		if err := r.session(profile, rand.New(rand.NewPCG(seed, session)), ops-done); err != nil {
			return err
		}
		if len(r.samples) < maxSamples {
			r.samples = append(r.samples, sample{r.asked, slices.Clone(r.ops)})
		}
		done += len(r.ops)
		report(done)
	}
	return nil
}

// session makes random calls, at most so many, in a fresh segment.
func (r *Runner) session(profile engine.Profile, rng *rand.Rand, most int) error {
	cfg := randomConfig(profile, rng)
	if err := r.Start(cfg); err != nil {
		return err
	}
	calls := min(sessionOps/2+rng.IntN(sessionOps), most)
	if cfg.Limit > fragmentPages*profile.PageSize() && calls > fragmentOps && rng.IntN(2) == 0 {
		if err := r.fragment(profile.PageSize()); err != nil {
			return err
		}
		calls -= fragmentOps
	}
	gen := op.NewRandom(rng, profile.PageSize(), cfg.Limit)
	for range calls {
		o := gen.Next(&r.held, r.State().Bloc, r.State().End)
		for !r.Makes(o) {
			o = gen.Next(&r.held, r.State().Bloc, r.State().End)
		}
		if err := r.Step(o); err != nil {
			return err
		}
		if r.refused {
			return r.difference("a careful caller does not make this call: the random source is wrong", 0, 0)
		}
	}
	return nil
}

// The library keeps up to 32 free blocks in a table, and finds them by a tree if there are
// more: a fragmented segment begins with more, and has as many pages again above them.
const (
	fragmentBlocks = 34
	fragmentPages  = 4 * fragmentBlocks
	fragmentOps    = 3 * fragmentBlocks
)

// fragment makes free blocks of a page each, with a live page above each, in a fresh segment.
func (r *Runner) fragment(page uint64) error {
	start := r.State().Bloc
	for range 2 * fragmentBlocks {
		if err := r.Step(op.Op{Kind: op.Alloc, N: page}); err != nil {
			return err
		}
	}
	for i := range uint64(fragmentBlocks) {
		if err := r.Step(op.Op{Kind: op.Free, V: op.Ptr(start + 2*i*page), N: page}); err != nil {
			return err
		}
	}
	return nil
}

// randomConfig is a segment small enough to fill, rarely starting at its base, and often
// with memory beyond the break.
func randomConfig(profile engine.Profile, rng *rand.Rand) engine.Config {
	page := profile.PageSize()
	pages := 4 + rng.Uint64N(9)
	if profile == engine.Plan9 {
		pages = 8 + rng.Uint64N(25)
		if rng.IntN(4) == 0 {
			pages += fragmentPages
		}
	}
	cfg := engine.Config{Profile: profile, Limit: pages * page}
	if rng.IntN(2) == 0 {
		cfg.Start = rng.Uint64N(3*page + 1)
	}
	if rng.IntN(2) == 0 {
		start := profile.Round(cfg.Start)
		cfg.Initial = start + rng.Uint64N((cfg.Limit-start)/2+1)
	}
	return cfg
}
