package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// shrinkTime is how long a difference may be shrunk.
const shrinkTime = 20 * time.Second

// compare runs the library against every engine that is in this program, and returns the
// exit status.
func compare(o *options) int {
	var flight *lockstep.Flight
	if name := os.Getenv(flightVar); name != "" {
		var err error
		if flight, err = lockstep.OpenFlight(name); err != nil {
			fail(err)
		}
		defer flight.Land()
	}
	matches, err := o.matches()
	if err != nil {
		fmt.Fprintln(os.Stderr, "lockstep:", err)
		return unusable
	}
	rep := newReport(o)
	for _, m := range matches {
		r := lockstep.New(append([]engine.Engine{port.New()}, m.against...)...)
		r.Record(flight)
		if status := m.play(o, r, rep); status != same {
			return status
		}
	}
	return rep.verdict()
}

// play plays one match and reports it. It returns a status other than same if there is no
// going on after it.
func (m *match) play(o *options, r *lockstep.Runner, rep *report) int {
	rep.begin(&m.row)
	err := r.Guard(lockstep.Patience, func() error {
		if err := r.Distinct(m.profile); err != nil {
			return err
		}
		return m.do(r, m, rep)
	})
	if errors.Is(err, errNotMeant) {
		rep.drop()
		return same
	}
	var d *lockstep.Difference
	if err != nil && !errors.As(err, &d) {
		rep.drop()
		fmt.Fprintf(os.Stderr, "lockstep: %s %s, %s: %v\n", m.row.Engine, m.row.Release, m.profile, err)
		return unusable
	}
	if d != nil {
		m.row.Differences = 1
	}
	rep.end(&m.row)
	if d != nil {
		shrunk := r.Shrink(d, shrinkTime)
		if len(shrunk.Ops) < len(d.Ops) {
			m.file = ""
		}
		if err := rep.difference(o, m, shrunk); err != nil {
			fmt.Fprintln(os.Stderr, "lockstep:", err)
		}
		if d.Final {
			return rep.verdict() // the library hangs, and whoever calls it next would too
		}
	}
	for _, e := range r.Engines() {
		if err := e.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "lockstep:", err)
		}
	}
	return same
}

// run is one way to come up with calls.
type run struct {
	mode string
	file string // a script's
	do   func(*lockstep.Runner, *match, *report) error
}

// runs are those that the command line asks for.
func (o *options) runs() []run {
	var all []run
	if o.exhaustive > 0 {
		all = append(all, run{mode: fmt.Sprintf("exhaustive, %d pages", o.exhaustive), do: o.runExhaustive})
	}
	if o.sweep {
		all = append(all, run{mode: "sweep", do: o.runSweep})
	}
	for _, file := range o.scripts {
		all = append(all, run{mode: filepath.Base(file), file: file, do: func(r *lockstep.Runner, m *match, _ *report) error {
			return runScript(r, m)
		}})
	}
	if len(all) == 0 {
		all = append(all, run{mode: fmt.Sprintf("random, seed %d", o.seed), do: o.runRandom})
	}
	return all
}

func (o *options) runRandom(r *lockstep.Runner, m *match, rep *report) error {
	ops := o.ops
	if m.guest() && o.runtimeOps > 0 {
		ops = o.runtimeOps
	}
	err := r.Random(m.profile, o.seed, ops, func(done int) {
		m.row.Ops = int64(done)
		rep.progress("%d of %d calls", done, ops)
	})
	if err != nil {
		return err
	}
	return m.time(r)
}

func (o *options) runExhaustive(r *lockstep.Runner, m *match, rep *report) error {
	if m.guest() || m.profile == engine.WasmGo121 {
		return errNotMeant // a guest never starts empty; and where memory only grows, so do its states
	}
	found, err := r.Exhaustive(m.profile, o.exhaustive, func(done, known int) {
		rep.progress("%d of %d known states", done, known)
	})
	m.row.Ops, m.row.States = found.Calls, found.States
	m.row.Mode += fmt.Sprintf(": %s states", count(int64(found.States)))
	return err
}

func (o *options) runSweep(r *lockstep.Runner, m *match, rep *report) error {
	if m.guest() {
		return errNotMeant // it starts too slowly for a fresh segment per call
	}
	swept, err := r.Sweep(m.profile, o.stride, func(place string, calls int64) {
		rep.progress("%d calls, now round %s", calls, place)
	})
	m.row.Ops, m.row.Refused = swept.Calls, swept.Refused
	return err
}

// runScript makes the calls of a script that is for the engine's profile and has no call
// that the engine lacks.
func runScript(r *lockstep.Runner, m *match) error {
	script, err := op.ReadFile(m.file)
	if err != nil {
		return err
	}
	cfg, err := engine.ConfigOf(script.Init)
	if err != nil {
		return fmt.Errorf("%s: %w", m.file, err)
	}
	if cfg.Profile != m.profile {
		return errNotMeant
	}
	if m.guest() && len(oracle.Sources()) > 0 {
		return errNotMeant // a script for guests has addresses that are of no use elsewhere, and the other way round
	}
	for _, e := range r.Engines() {
		if lacks := lockstep.Lacks(e, script); lacks != nil {
			fmt.Fprintf(os.Stderr, "lockstep: skipped: %s is not for engine %s, which has no %v\n", m.file, e.Name(), lacks)
			return errNotMeant
		}
	}
	return m.script(r, script)
}
