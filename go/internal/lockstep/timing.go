package lockstep

import (
	"time"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// maxSamples is how many segments of a random run are kept to time the engines with.
const maxSamples = 24

// sample is what was done in one segment.
type sample struct {
	cfg engine.Config
	ops []op.Op
}

// Timing is how long an op takes in each engine alone, on the average over segments of
// the last Random or Script: without comparing, but with the clearing that is a part of
// freeing.
func (r *Runner) Timing() ([]time.Duration, error) {
	took := make([]time.Duration, len(r.engines))
	calls := 0
	for _, s := range r.samples {
		if err := r.Start(s.cfg); err != nil {
			return nil, err
		}
		calls += len(s.ops)
		for i, e := range r.engines {
			start := time.Now()
			for _, o := range s.ops {
				e.Do(o)
			}
			took[i] += time.Since(start)
		}
	}
	for i := range took {
		took[i] /= time.Duration(max(calls, 1))
	}
	return took, nil
}
