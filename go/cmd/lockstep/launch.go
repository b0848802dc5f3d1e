package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"gosbrk/internal/lockstep"
	"gosbrk/internal/oracle"
)

// flightVar names the environment variable that tells the program which flight recorder
// to write.
const flightVar = "GOSBRK_LOCKSTEP_FLIGHT"

// launch builds this program with the engines in it, runs that with the same command
// line, and returns its exit status. If it dies, which the library can make it, the calls
// that led to it are taken from the flight recorder.
func launch(o *options) int {
	build, err := o.build()
	if err != nil {
		fail(err)
	}
	if o.overlay {
		path, err := build.Overlay()
		if err != nil {
			fail(err)
		}
		fmt.Println(path)
		return same
	}
	program, err := build.Program()
	if err != nil {
		fail(err)
	}
	dir, err := os.MkdirTemp("", "lockstep")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(dir)
	flight, err := lockstep.OpenFlight(filepath.Join(dir, "flight"))
	if err != nil {
		fail(err)
	}
	defer flight.Close()

	signal.Ignore(os.Interrupt) // the program gets it too, and ends
	cmd := exec.Command(program, os.Args[1:]...)
	cmd.Env = append(os.Environ(), flightVar+"="+filepath.Join(dir, "flight"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fail(err)
	}
	if flight.Landed() {
		return cmd.ProcessState.ExitCode()
	}
	return crashed(o, flight, err)
}

// crashed reports that the program died.
func crashed(o *options, flight *lockstep.Flight, cause error) int {
	script, err := flight.Script()
	if err == nil && len(script.Steps) == 0 {
		err = errors.New("no call had been made")
	}
	if err != nil {
		fail(fmt.Errorf("the comparing process died: %w (%w)", cause, err))
	}
	last := script.Steps[len(script.Steps)-1]
	fmt.Printf("the comparing process died (%v) in call %d:\n    %v\n  segment: %v\n",
		cause, len(script.Steps), last.Op, script.Init)
	script.Comment = []string{"The last call kills the process."}
	if err := o.keep(script, script.Init.Profile, o.flags()); err != nil {
		fail(err)
	}
	fmt.Println("FAIL: an engine killed the process")
	return differ
}

// build finds the Go roots and makes the engines' packages.
func (o *options) build() (*oracle.Build, error) {
	module, err := oracle.ModuleDir()
	if err != nil {
		return nil, err
	}
	roots, err := o.open()
	if err != nil {
		return nil, err
	}
	profiles, err := o.wanted()
	if err != nil {
		return nil, err
	}
	sources, err := oracle.Generate(roots, profiles)
	if err == nil && len(sources) == 0 && len(roots) > 0 {
		err = fmt.Errorf("none of the Go roots has a profile %v", &o.profiles)
	}
	return &oracle.Build{Module: module, Out: oracle.OutDir(module), Package: "./cmd/lockstep", Sources: sources}, err
}

// open reads the Go roots. Where only other engines are asked for there are none.
func (o *options) open() ([]*oracle.Root, error) {
	dirs := []string(o.roots)
	if len(o.roots)+len(o.releases) == 0 {
		if len(o.runtimes)+len(o.traces) > 0 {
			return nil, nil
		}
		own, err := oracle.OwnRoot()
		if err != nil {
			return nil, err
		}
		dirs = []string{own}
	}
	for _, release := range o.releases {
		dir, err := oracle.ReleaseRoot(release)
		if err != nil {
			fmt.Fprintf(os.Stderr, "lockstep: skipped: %v\n", err)
			continue
		}
		dirs = append(dirs, dir)
	}
	if len(dirs) < o.least {
		return nil, fmt.Errorf("there are %d Go releases to compare with, and %d are asked for", len(dirs), o.least)
	}
	var roots []*oracle.Root
	for _, dir := range dirs {
		r, err := oracle.Open(dir)
		if err != nil {
			return nil, err
		}
		roots = append(roots, r)
	}
	return roots, nil
}
