package lockstep

import (
	"fmt"
	"runtime/debug"
	"time"

	"gosbrk/internal/engine"
)

// Patience is how long one call may take before it counts as hanging.
const Patience = 20 * time.Second

// Guard runs a function that drives the runner, in a goroutine of its own, and returns
// its error. An engine that fails by itself ends the function with a *Difference, and so
// does one that does not come back from a call: a self-deadlock, an endless loop. The
// goroutine is lost then, with its thread and whatever lock the engine holds.
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
				done <- r.failure(failure.Error())
			}
		}()
		done <- run()
	}()
	const looks = 4
	ticker := time.NewTicker(patience / looks)
	defer ticker.Stop()
	for last, still := uint64(0), 0; ; {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			now := r.begun.Load()
			if now != last {
				last, still = now, 0
			} else if still++; still == looks && now > 0 {
				name := r.engines[r.current.Load()].Name()
				d := r.failure(fmt.Sprintf("engine %s hangs: it has not come back from this call for %v", name, patience))
				d.Final = true
				return d
			}
		}
	}
}
