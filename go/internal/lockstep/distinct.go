package lockstep

import (
	"fmt"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Distinct makes sure that the engines are different ones: that their memories lie apart,
// and that what is stored in one is not seen in another. Comparing an engine with itself
// proves nothing.
func (r *Runner) Distinct(profile engine.Profile) error {
	page := profile.PageSize()
	if err := r.Start(engine.Config{Profile: profile, Start: page, Limit: 4 * page}); err != nil {
		return err
	}
	if err := r.Step(op.Op{Kind: op.Alloc, N: page}); err != nil {
		return err
	}
	at := r.results[0].P
	for i, mem := range r.mems {
		if mem == nil {
			continue
		}
		kept := mem[at]
		mem[at] = ^kept
		for k, other := range r.mems {
			if k != i && other != nil && other[at] != kept {
				return fmt.Errorf("engines %s and %s are the same one: a store in one is seen in the other",
					r.engines[i].Name(), r.engines[k].Name())
			}
		}
		mem[at] = kept
	}
	return nil
}
