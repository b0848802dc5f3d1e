package wasmrt

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/gowasm"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
)

// A runtime that is not what it should be must be noticed: the comparison is worth something.
func TestMutantsAreNoticed(t *testing.T) {
	built := drivers(t)
	root := built[len(built)-1].root
	for _, m := range []struct{ name, file, from, to, want string }{
		{"freed memory keeps its bytes", "mem_sbrk.go", "n = memRound(n)\n\tmemclrNoHeapPointers(ap, n)", "n = memRound(n)", "the byte at"},
		{"the last fit instead of the first", "mem_sbrk.go", "if p.size >= n {", "if p.size >= n && p.next == 0 {", "the result"},
		{"memory below the break keeps its bytes", "mem_sbrk.go", "memclrNoHeapPointers(v, n)\n\t\t\tbloc -= n", "bloc -= n", "the byte at"},
		{"a block is not merged with the one before", "mem_sbrk.go", "+p.size == bpn {", "+p.size == bpn && false {", "the free list"},
	} {
		t.Run(m.name, func(t *testing.T) {
			p, err := buildMutant(root, "src/runtime/"+m.file, m.from, m.to)
			if err != nil {
				t.Fatal(err)
			}
			e, reference := New(p), port.New()
			defer closing(t, e)
			defer closing(t, reference)
			r := lockstep.New(reference, e)
			d := random(t, r, p.Profile(), 10_000)
			if d == nil || !strings.Contains(d.What, m.want) {
				t.Errorf("found: %v; want a difference in %s", d, m.want)
			}
		})
	}
}

// buildMutant compiles the driver with a change in its runtime.
func buildMutant(root *gowasm.Root, file, from, to string) (*Program, error) {
	guests, err := gowasm.Guests()
	if err != nil {
		return nil, err
	}
	change := func(source []byte) ([]byte, error) {
		if bytes.Count(source, []byte(from)) != 1 {
			return nil, fmt.Errorf("%q is not in there once", from)
		}
		return bytes.Replace(source, []byte(from), []byte(to), 1), nil
	}
	code, err := root.BuildChanged(guests, "./driver", map[string]gowasm.Change{file: change}, linkFlags(root)...)
	return &Program{root, code}, err
}

// A guest that allocates on its own account would be compared with nonsense. It must be noticed.
func TestInterferenceIsNoticed(t *testing.T) {
	forEach(t, func(t *testing.T, e *Engine, _ int) {
		if err := e.Init(engine.Config{Profile: e.program.Profile()}); err != nil {
			t.Fatal(err)
		}
		// 255 makes the driver allocate in between. The runtime has a little memory in hand, so the first time may be for free.
		var failure *engine.Failure
		for range 100 {
			if failure = failureOf(e, op.Op{Kind: 255, N: 1 << 20}); failure != nil {
				break
			}
		}
		if failure == nil || !strings.Contains(failure.Reason, "on its own") {
			t.Errorf("100 MB were allocated unnoticed: %v", failure)
		}
	})
}

// A guest that ends must be reported with what it said.
func TestDeathIsNoticed(t *testing.T) {
	forEach(t, func(t *testing.T, e *Engine, _ int) {
		if err := e.Init(engine.Config{Profile: e.program.Profile()}); err != nil {
			t.Fatal(err)
		}
		failure := failureOf(e, op.Op{Kind: 254})
		if failure == nil || !strings.Contains(failure.Reason, "unknown kind of request") {
			t.Errorf("a panic of the guest's is reported as: %v", failure)
		}
	})
}

// failureOf makes a call and returns the failure it ends in, if it does.
func failureOf(e *Engine, o op.Op) (failure *engine.Failure) {
	defer func() {
		if cause := recover(); cause != nil {
			if err, ok := cause.(error); !ok || !errors.As(err, &failure) {
				panic(cause)
			}
		}
	}()
	e.Do(o)
	return nil
}
