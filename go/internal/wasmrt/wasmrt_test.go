package wasmrt

import (
	"errors"
	"flag"
	"os"
	"sync"
	"testing"
	"time"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/gowasm"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/oracle"
)

var (
	ops  = flag.Int("ops", amount(), "random ops, over all Go releases")
	seed = flag.Uint64("seed", 1, "seed of the random ops")
)

// amount is how many random ops are made, without a flag that says so.
func amount() int {
	if os.Getenv("GOSBRK_TEST_LONG") == "1" {
		return 1_000_000
	}
	return 200_000
}

// programs are the drivers of the releases that can be had, compiled once, and why the others cannot be had.
var programs = sync.OnceValue(func() (all struct {
	built   []*Program
	skipped []error
	err     error // a release was there, and did not compile the driver
}) {
	for _, release := range oracle.Releases {
		root, err := gowasm.OpenRelease(release)
		if err != nil {
			all.skipped = append(all.skipped, err)
			continue
		}
		p, err := Build(root)
		all.built, all.err = append(all.built, p), errors.Join(all.err, err)
	}
	return all
})

// drivers are the programs, of two releases at least. Those that are missing are named.
func drivers(t *testing.T) []*Program {
	all := programs()
	for _, err := range all.skipped {
		t.Logf("skipped: %v", err)
	}
	if all.err != nil {
		t.Fatal(all.err)
	}
	if len(all.built) < 2 {
		t.Fatalf("%d Go releases could be had, and it takes two to tell anything", len(all.built))
	}
	return all.built
}

// forEach runs a test on the driver of every release.
func forEach(t *testing.T, test func(t *testing.T, e *Engine, releases int)) {
	built := drivers(t)
	for _, p := range built {
		t.Run(p.root.Version, func(t *testing.T) {
			e := New(p)
			defer closing(t, e)
			test(t, e, len(built))
		})
	}
}

// closing closes an engine at the end of a test.
func closing(t *testing.T, e engine.Engine) {
	if err := e.Close(); err != nil {
		t.Errorf("closing %s: %v", e.Name(), err)
	}
}

// random runs random ops in lock step and returns the difference, if there is one.
func random(t *testing.T, r *lockstep.Runner, profile engine.Profile, ops int) *lockstep.Difference {
	err := r.Guard(lockstep.Patience, func() error { return r.Random(profile, *seed, ops, func(int) {}) })
	var d *lockstep.Difference
	if err != nil && !errors.As(err, &d) {
		t.Fatal(err)
	}
	return d
}

// report is for a difference that should not be there.
func report(t *testing.T, r *lockstep.Runner, d *lockstep.Difference) {
	if d == nil {
		return
	}
	d = r.Shrink(d, 30*time.Second)
	t.Errorf("%v\nops:", d)
	for _, o := range d.Ops {
		t.Log(o)
	}
	t.Logf("again: go test ./internal/wasmrt -run '%s' -seed %d -ops %d", t.Name(), *seed, *ops)
}

// The real runtime and the port make the same random calls and agree on everything.
func TestRandom(t *testing.T) {
	forEach(t, func(t *testing.T, e *Engine, releases int) {
		p := port.New()
		defer closing(t, p)
		r := lockstep.New(p, e)
		if err := r.Guard(lockstep.Patience, func() error { return r.Distinct(e.program.Profile()) }); err != nil {
			t.Fatal(err)
		}
		report(t, r, random(t, r, e.program.Profile(), *ops/releases))
	})
}
