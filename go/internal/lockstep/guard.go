package lockstep

import (
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"gosbrk/internal/engine"
)

// Patience is how long one call may take before it counts as hanging.
const Patience = 20 * time.Second

// Guard runs a function that drives the runner, in a goroutine of its own, and returns its error. An engine that fails by itself
// ends the function with a *Difference, and so does one that does not come back from a call: a self-deadlock, an endless loop.
// The goroutine is lost then, with its thread and whatever lock the engine holds.
func (r *Runner) Guard(patience time.Duration, run func() error) error {
	done := make(chan error, 1)
	go func() {
		debug.SetPanicOnFault(true) // a wild address in Go's source is a panic
		defer func() {
			if cause := recover(); cause != nil {
				failure, ok := cause.(*engine.Failure)
				if !ok {
					panic(cause)
				}
				i := slices.IndexFunc(r.engines, func(e engine.Engine) bool { return e.Name() == failure.Engine })
				done <- r.difference("the engine itself: "+failure.Reason, max(i, 0), max(i, 0))
			}
		}()
		done <- run()
	}()
	last := r.begun.Load()
	ticker := time.NewTicker(patience)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			now := r.begun.Load()
			if now == last && now > 0 {
				i := int(r.current.Load())
				d := r.difference(fmt.Sprintf("time: the engine has not come back from this call for %v", patience), i, i)
				d.Final = true
				return d
			}
			last = now
		}
	}
}
