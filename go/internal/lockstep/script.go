package lockstep

import (
	"fmt"
	"slices"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Lacks is the first call of a script that an engine must not be given, nil if there is
// none.
func Lacks(e engine.Engine, s *op.Script) *op.Op {
	for i := range s.Steps {
		if !engine.Takes(e, s.Steps[i].Op) {
			return &s.Steps[i].Op
		}
	}
	return nil
}

// Script makes the calls of a script, and compares their results with what the script
// says as well. The engines have the script's profile and all of its calls.
func (r *Runner) Script(s *op.Script) error {
	cfg, err := engine.ConfigOf(s.Init)
	if err != nil {
		return err
	}
	if err := r.Start(cfg); err != nil {
		return err
	}
	for _, step := range s.Steps {
		if err := r.Step(step.Op); err != nil {
			return err
		}
		if step.Want != nil && r.results[0] != *step.Want {
			what := fmt.Sprintf("the result is not the %s of line %d", step.Want.Format(step.Op.Kind), step.Line)
			return r.difference(what, 0, len(r.engines)-1)
		}
	}
	r.samples = []sample{{r.asked, slices.Clone(r.ops)}}
	return nil
}
