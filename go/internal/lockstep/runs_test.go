package lockstep

import (
	"path/filepath"
	"strings"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// The runs here are the small ones; the command lockstep makes them as large as one
// likes.

func TestRandom(t *testing.T) {
	eachSource(t, engine.Profiles(), func(t *testing.T, r *Runner, s *oracle.Source) {
		ops := 100_000
		if s.Profile != engine.Plan9 {
			ops = 25_000 // there are 16 times as many bytes to compare
		}
		must(t, r, r.Guard(Patience, func() error {
			if err := r.Distinct(s.Profile); err != nil {
				return err
			}
			return r.Random(s.Profile, 20_240_229, ops, func(int) {})
		}))
	})
}

// The library is the same however it is called: this is about the arguments, results and
// errors of direct calls.
func TestDirectCalls(t *testing.T) {
	eachSourceWith(t, port.NewDirect, engine.Profiles(), func(t *testing.T, r *Runner, s *oracle.Source) {
		must(t, r, r.Guard(Patience, func() error {
			if err := r.Distinct(s.Profile); err != nil {
				return err
			}
			if err := r.Random(s.Profile, 20_261_123, 10_000, func(int) {}); err != nil {
				return err
			}
			_, err := r.Sweep(s.Profile, 1024, func(string, int64) {})
			return err
		}))
	})
}

// The newest release is searched further than the others.
func TestExhaustive(t *testing.T) {
	newest := oracle.Sources()[len(oracle.Sources())-1].Releases[0]
	eachSource(t, []engine.Profile{engine.Plan9, engine.Wasm}, func(t *testing.T, r *Runner, s *oracle.Source) {
		pages := 8
		switch {
		case s.Profile == engine.Wasm:
			pages = 5
		case s.Releases[0] == newest && !testing.Short():
			pages = 10
		}
		var found Search
		must(t, r, r.Guard(Patience, func() (err error) {
			found, err = r.Exhaustive(s.Profile, pages, func(int, int) {})
			return err
		}))
		t.Logf("%d pages: %d states, %d calls, 0 differences", pages, found.States, found.Calls)
	})
}

func TestSweep(t *testing.T) {
	newest := oracle.Sources()[len(oracle.Sources())-1].Releases[0]
	eachSource(t, engine.Profiles(), func(t *testing.T, r *Runner, s *oracle.Source) {
		stride := uint64(256) // 2^31 and the like are among the sizes
		switch {
		case s.Profile == engine.Plan9 && s.Releases[0] == newest:
			stride = 16
		case s.Profile == engine.Plan9:
			stride = 64
		}
		var swept Swept
		must(t, r, r.Guard(Patience, func() (err error) {
			swept, err = r.Sweep(s.Profile, stride, func(string, int64) {})
			return err
		}))
		t.Logf("%d calls, %d of them refused, 0 differences", swept.Calls, swept.Refused)
		if refused := float64(swept.Refused) / float64(swept.Calls); refused < 0.2 || refused > 0.8 {
			t.Errorf("%d of %d calls are misuse: the sweep does not go where it should", swept.Refused, swept.Calls)
		}
	})
}

// The numbers of states that are known from elsewhere: counted by hand, and by a search
// of Go's source alone.
func TestThereAreAsManyStatesAsThereAre(t *testing.T) {
	for pages, want := range map[int]int{1: 4, 2: 12, 10: 28_656, 12: 196_417} {
		if got := (&Search{Pages: pages}).Want(); got != want {
			t.Errorf("%d pages: %d states, want %d", pages, got, want)
		}
	}
}

// An arena that cannot be filled has fewer states, and that is a failure.
func TestSearchThatFindsTooFewStatesFails(t *testing.T) {
	r := New(&lesser{model.New()})
	err := r.Guard(Patience, func() error {
		_, err := r.Exhaustive(engine.Plan9, 4, func(int, int) {})
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "33 states were found, and there are 88") {
		t.Errorf("a search that finds too little ends with: %v", err)
	}
}

// Each script is run with every release that has its profile and its calls, and with one
// at least.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/scripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in testdata/scripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			script, err := op.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := engine.ConfigOf(script.Init)
			if err != nil {
				t.Fatal(err)
			}
			ran := false
			eachSource(t, []engine.Profile{cfg.Profile}, func(t *testing.T, r *Runner, s *oracle.Source) {
				for _, e := range r.Engines() {
					if lacks := Lacks(e, script); lacks != nil {
						t.Skipf("%s has no %v", e.Name(), lacks)
					}
				}
				ran = true
				must(t, r, r.Guard(Patience, func() error { return r.Script(script) }))
			})
			if !ran {
				t.Skip("no Go release that has its calls can be had")
			}
		})
	}
}
