package wasmrt

import (
	"errors"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
)

// Sizes round those where the runtime's arithmetic, or WebAssembly's, goes from one sign or width to another.
func TestBoundarySizes(t *testing.T) {
	const width = 200
	forEach(t, func(t *testing.T, e *Engine, _ int) {
		p := port.New()
		defer closing(t, p)
		r := lockstep.New(p, e)
		calls, given := 0, 0
		err := r.Guard(lockstep.Patience, func() error {
			if err := r.Start(engine.Config{Profile: e.program.Profile(), Limit: 8 * pageSize}); err != nil {
				return err
			}
			for _, place := range []uint64{0, pageSize, 8 * pageSize, 1 << 31, 1 << 32, 1 << 47, 1 << 48, 1 << 63, 1<<64 - width/2} {
				for n := place - width/2; n != place+width/2; n++ {
					for _, o := range []op.Op{
						{Kind: op.Alloc, N: n},
						{Kind: op.Reserve, V: op.Nil, N: n},
						{Kind: op.Reserve, V: op.Ptr(r.State().Bloc), N: n},
						{Kind: op.ReserveAligned, N: n &^ (pageSize - 1), Align: 2 * pageSize},
						{Kind: op.ReserveAligned, N: pageSize, Align: n &^ (n - 1)},
					} {
						got, err := call(r, o)
						if err != nil {
							return err
						}
						calls++
						given += got
					}
				}
			}
			return nil
		})
		var d *lockstep.Difference
		if errors.As(err, &d) {
			report(t, r, d)
		} else if err != nil {
			t.Fatal(err)
		}
		if given == 0 || given == calls {
			t.Errorf("of %d calls %d were given memory", calls, given)
		}
	})
}

// call makes a call, gives back what came of it, and returns 1 if that was anything.
func call(r *lockstep.Runner, o op.Op) (given int, err error) {
	if !r.Makes(o) {
		return 0, nil
	}
	if err := r.Step(o); err != nil {
		return 0, err
	}
	for page, tag := range r.Held().Tags {
		if tag != op.First {
			continue
		}
		first, end := r.Held().Region(uint64(page))
		free := op.Op{Kind: op.Free, V: op.Ptr(first * pageSize), N: (end - first) * pageSize}
		return 1, r.Step(free)
	}
	return 0, nil
}
