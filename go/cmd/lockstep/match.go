package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/gowasm"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
	"gosbrk/internal/record"
	"gosbrk/internal/wasmrt"
)

// match is one row of the report to be: the library against an engine and the model, in
// calls of one kind.
type match struct {
	row     row
	profile engine.Profile
	against []engine.Engine
	flags   []string // that name the engine
	file    string   // the script, where there is one
	do      func(*lockstep.Runner, *match, *report) error
}

// matches are what the command line asks for.
func (o *options) matches() ([]*match, error) {
	opponents := o.sources()
	guests, err := o.guests()
	if err != nil {
		return nil, err
	}
	opponents = append(opponents, guests...)
	var all []*match
	for _, run := range o.runs() {
		for _, opponent := range opponents {
			if o.named && run.mode != opponent.row.Release+".txt" {
				continue
			}
			m := *opponent
			m.row.Mode, m.file, m.do = run.mode, run.file, run.do
			all = append(all, &m)
		}
	}
	traces, err := o.replays()
	return append(all, traces...), err
}

// sources are Go's own source, as it was linked into this program.
func (o *options) sources() []*match {
	var all []*match
	for _, s := range oracle.Sources() {
		all = append(all, &match{
			row:     row{Engine: "source", Release: s.Title(), Profile: s.Profile.String(), Hash: s.Hash},
			profile: s.Profile,
			against: []engine.Engine{s.Engine(), model.New()},
			flags:   o.flags(),
		})
	}
	return all
}

// flags name the Go roots again, or if there are none the runtimes.
func (o *options) flags() []string {
	var flags []string
	for _, dir := range o.roots {
		flags = append(flags, "-goroot", dir)
	}
	if len(o.releases) > 0 {
		flags = append(flags, "-release", o.releases.String())
	}
	if len(flags) == 0 && len(o.runtimes) > 0 {
		flags = append(flags, "-runtime", o.runtimes.String())
	}
	return flags
}

// guests are the runtimes of running programs, of the releases that can be had.
func (o *options) guests() ([]*match, error) {
	profiles, err := o.wanted()
	if err != nil {
		return nil, err
	}
	var all []*match
	for _, name := range o.runtimes {
		root, err := openRuntime(name)
		if err != nil {
			fmt.Fprintf(os.Stderr, "lockstep: skipped: %v\n", err)
			continue
		}
		if !slices.Contains(profiles, root.Profile()) {
			continue
		}
		program, err := wasmrt.Build(root)
		if err != nil {
			return nil, err
		}
		all = append(all, &match{
			row:     row{Engine: "runtime", Release: root.Version, Profile: root.Profile().String()},
			profile: root.Profile(),
			against: []engine.Engine{wasmrt.New(program), model.New()},
			flags:   []string{"-runtime", name},
		})
	}
	if len(o.runtimes) > 0 && len(all) < o.least {
		return nil, fmt.Errorf("there are %d Go runtimes to compare with, and %d are asked for", len(all), o.least)
	}
	return all, nil
}

// openRuntime finds the Go root of a runtime: what has a slash in it is a folder,
// anything else a release.
func openRuntime(name string) (*gowasm.Root, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		return gowasm.Open(name)
	}
	return gowasm.OpenRelease(name)
}

// replays are what real programs did: the engine is what is written in the trace, and the
// model knows the state.
func (o *options) replays() ([]*match, error) {
	var all []*match
	for _, file := range o.traces {
		trace, err := record.ReadTrace(file)
		if err != nil {
			return nil, err
		}
		cfg, err := engine.ConfigOf(trace.Script.Init)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, &match{
			row:     row{Engine: "trace", Release: trace.Release, Profile: cfg.Profile.String(), Mode: "replay of " + trace.Program},
			profile: cfg.Profile,
			against: []engine.Engine{model.New()},
			flags:   []string{"-trace", file},
			do: func(r *lockstep.Runner, m *match, _ *report) error {
				return m.script(r, trace.Script)
			},
		})
	}
	return all, nil
}

// script makes the calls of a script, and times them.
func (m *match) script(r *lockstep.Runner, s *op.Script) error {
	m.row.Ops = int64(len(s.Steps))
	if err := r.Script(s); err != nil {
		return err
	}
	return m.time(r)
}

// time notes how long a call takes, in the engine and in the library.
func (m *match) time(r *lockstep.Runner) error {
	took, err := r.Timing()
	if err != nil {
		return err
	}
	m.row.PortNsPerOp = took[0].Nanoseconds()
	if m.row.Engine != "trace" { // a trace takes no time, and the model's is of no interest
		m.row.NsPerOp = took[1].Nanoseconds()
	}
	return nil
}

// guest reports whether the engine is inside a running program.
func (m *match) guest() bool { return m.row.Engine == "runtime" }

// errNotMeant ends a run that is not for this engine.
var errNotMeant = errors.New("this run is not for this engine")
