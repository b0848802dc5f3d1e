package record

import (
	"gosbrk/internal/engine/model"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
)

// Replay makes the calls of a trace in the library and in the model, which know nothing of the program it was made of, and compares
// them with each other and every result with the recorded one. An error is a *lockstep.Difference.
func Replay(trace *op.Script) (err error) {
	p, m := port.New(), model.New()
	r := lockstep.New(p, m)
	defer p.Close()
	return r.Guard(lockstep.Patience, func() error { return r.Script(trace) })
}
