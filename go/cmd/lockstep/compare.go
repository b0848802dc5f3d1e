package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// shrinkTime is how long a difference may be shrunk.
const shrinkTime = 20 * time.Second

// compare runs the library against every engine that is in this program, and returns the exit status.
func compare(o *options) int {
	var flight *lockstep.Flight
	if name := os.Getenv(flightVar); name != "" {
		var err error
		if flight, err = lockstep.OpenFlight(name); err != nil {
			fail(err)
		}
		defer flight.Land()
	}
	rep := newReport(o)
	for _, run := range o.runs() {
		for _, source := range oracle.Sources() {
			r := lockstep.New(port.New(), source.Engine(), model.New())
			r.Record(flight)
			row := row{Mode: run.mode, Engine: "source", Release: source.Title(), Profile: source.Profile.String(), Hash: source.Hash}
			rep.begin(&row)
			err := r.Guard(lockstep.Patience, func() error {
				if err := r.Distinct(source.Profile); err != nil {
					return err
				}
				return run.do(r, source, &row, rep)
			})
			if errors.Is(err, errNotMeant) {
				rep.drop()
				continue
			}
			var d *lockstep.Difference
			if err != nil && !errors.As(err, &d) {
				rep.drop()
				fmt.Fprintf(os.Stderr, "lockstep: %s, %s: %v\n", source.Title(), source.Profile, err)
				return unusable
			}
			if d != nil {
				row.Differences = 1
			}
			rep.end(&row)
			if d != nil {
				shrunk := r.Shrink(d, shrinkTime)
				file := run.file
				if len(shrunk.Ops) < len(d.Ops) {
					file = ""
				}
				if err := rep.difference(o, shrunk, file); err != nil {
					fmt.Fprintln(os.Stderr, "lockstep:", err)
				}
				if d.Final {
					break // the library hangs, and whoever calls it next would too
				}
			}
			for _, e := range r.Engines() {
				if err := e.Close(); err != nil {
					fmt.Fprintln(os.Stderr, "lockstep:", err)
				}
			}
		}
	}
	return rep.verdict()
}

// errNotMeant ends a run that is not for this engine.
var errNotMeant = errors.New("this run is not for this engine")

// run is one way to come up with calls.
type run struct {
	mode string
	file string // a script's
	do   func(*lockstep.Runner, *oracle.Source, *row, *report) error
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
		all = append(all, run{mode: filepath.Base(file), file: file, do: func(r *lockstep.Runner, s *oracle.Source, row *row, rep *report) error {
			return runScript(file, r, s, row)
		}})
	}
	if len(all) == 0 {
		all = append(all, run{mode: fmt.Sprintf("random, seed %d", o.seed), do: o.runRandom})
	}
	return all
}

func (o *options) runRandom(r *lockstep.Runner, s *oracle.Source, row *row, rep *report) error {
	err := r.Random(s.Profile, o.seed, o.ops, func(done int) {
		row.Ops = int64(done)
		rep.progress("%d of %d calls", done, o.ops)
	})
	if err != nil {
		return err
	}
	took, err := r.Timing()
	if err != nil {
		return err
	}
	row.NsPerOp, row.PortNsPerOp = took[1].Nanoseconds(), took[0].Nanoseconds()
	return nil
}

func (o *options) runExhaustive(r *lockstep.Runner, s *oracle.Source, row *row, rep *report) error {
	found, err := r.Exhaustive(s.Profile, o.exhaustive, func(done, known int) {
		rep.progress("%d of %d known states", done, known)
	})
	row.Ops, row.States = found.Calls, found.States
	row.Mode += fmt.Sprintf(": %s states", count(int64(found.States)))
	if err == nil && found.States != found.Want() {
		err = fmt.Errorf("%d states were found, and there are %d", found.States, found.Want())
	}
	return err
}

func (o *options) runSweep(r *lockstep.Runner, s *oracle.Source, row *row, rep *report) error {
	swept, err := r.Sweep(s.Profile, o.stride, func(place string, calls int64) {
		rep.progress("%d calls, now round %s", calls, place)
	})
	row.Ops, row.Refused = swept.Calls, swept.Refused
	return err
}

// runScript makes the calls of a script that is for the source's profile and has no call that the source lacks.
func runScript(file string, r *lockstep.Runner, s *oracle.Source, row *row) error {
	script, err := op.ReadFile(file)
	if err != nil {
		return err
	}
	cfg, err := engine.ConfigOf(script.Init)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if cfg.Profile != s.Profile {
		return errNotMeant
	}
	for _, e := range r.Engines() {
		if lacks := lockstep.Lacks(e, script); lacks != nil {
			fmt.Fprintf(os.Stderr, "lockstep: skipped: %s is not for engine %s, which has no %v\n", file, e.Name(), lacks)
			return errNotMeant
		}
	}
	row.Ops = int64(len(script.Steps))
	return r.Script(script)
}
