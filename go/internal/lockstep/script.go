package lockstep

import (
	"fmt"
	"slices"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Lacks is the first call of a script that an engine must not be given, nil if there is none.
func Lacks(e engine.Engine, s *op.Script) *op.Op {
	for i := range s.Steps {
		if !engine.Takes(e, s.Steps[i].Op) {
			return &s.Steps[i].Op
		}
	}
	return nil
}

// Script makes the calls of a script, and compares their results with what the script says as well. The engines have the script's
// profile and all of its calls.
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
			return r.difference(fmt.Sprintf("the result is not the %[2]s of line %[1]d", step.Line, step.Want.Format(step.Op.Kind)), 0, len(r.engines)-1)
		}
	}
	r.samples = []sample{{r.asked, slices.Clone(r.ops)}}
	return nil
}
