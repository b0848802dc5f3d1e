package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// taken is what a program's job took on every build.
type taken struct {
	program *program
	cgo     bool      // whether C code was allowed
	hasC    bool      // whether there is any
	on      []onBuild // in the order of the builds
}

// onBuild is what a job took on one build: a measurement for each round, with its
// time, and one for each look, with its memory.
type onBuild struct {
	build     string
	output    string
	rounds    []measured
	looks     []measured
	lowest    int64 // ulimit -v in KiB; 0: nobody looked
	variables int64 // KiB of the program's own address space that no file is behind
}

// name gives the program's name, and how it was built if not by default.
func (t *taken) name() string {
	if t.cgo {
		return t.program.name
	}
	return t.program.name + ", CGO_ENABLED=0"
}

// same reports whether every build gave what the first gave.
func (t *taken) same() bool {
	for i := range t.on {
		if t.on[i].output != t.on[0].output {
			return false
		}
	}
	return true
}

// find gives what the job took on a build; nil if it was not done there.
func (t *taken) find(build string) *onBuild {
	for i := range t.on {
		if t.on[i].build == build {
			return &t.on[i]
		}
	}
	return nil
}

// both measures a program as it is built by default and, if C code is in that, once
// more without. It gives what there is even if there is an error.
func (r *runner) both(p *program, dir string) ([]taken, error) {
	normal, err := r.take(p, dir, r.builds)
	if err != nil {
		return nil, err
	}
	all := []taken{normal}
	if normal.hasC && !p.needsC {
		without, err := r.take(p, dir, withoutC(r.builds))
		if err != nil {
			return all, fmt.Errorf("with CGO_ENABLED=0: %w", err)
		}
		all = append(all, without)
	}
	return all, nil
}

// take builds a program and has it do its job, and prints what that took.
func (r *runner) take(p *program, dir string, builds []build) (taken, error) {
	t := taken{program: p, cgo: builds[0].cgo, on: make([]onBuild, len(builds))}
	binaries := make([]string, len(builds))
	for i, b := range builds {
		t.on[i].build = b.name
		var err error
		if binaries[i], err = p.build(dir, b); err != nil {
			return t, err
		}
		c, err := hasC(binaries[i])
		if err != nil {
			return t, err
		}
		if t.on[i].variables, err = variables(binaries[i]); err != nil {
			return t, err
		}
		if t.hasC = t.hasC || c; t.hasC && !t.cgo {
			return t, fmt.Errorf("%s needs shared libraries", binaries[i])
		}
	}
	if r.buildOnly {
		return t, nil
	}
	for _, binary := range binaries {
		if err := rewrite(binary); err != nil {
			return t, err
		}
	}
	input := filepath.Join(dir, "input")
	if err := p.prepareOnce(input, binaries[0]); err != nil {
		return t, err
	}
	do := func(i int, how how) (measured, error) {
		m, err := p.do(binaries[i], input, r.scratch, how)
		if err != nil {
			return m, fmt.Errorf("on %s: %w", builds[i].name, err)
		}
		return m, nil
	}
	// Once for the caches of the disk and for what comes out.
	for i := range t.on {
		m, err := do(i, how{})
		if err != nil {
			return t, err
		}
		t.on[i].output = m.output
	}
	for round := range r.rounds + r.looks {
		look := round >= r.rounds
		for i := range t.on {
			on := &t.on[(i+round)%len(t.on)]
			m, err := do((i+round)%len(t.on), how{look: look})
			if err != nil {
				return t, err
			}
			if m.output != on.output {
				return t, fmt.Errorf("on %s: its output is not the same twice", on.build)
			}
			if look {
				on.looks = append(on.looks, m)
			} else {
				on.rounds = append(on.rounds, m)
			}
		}
	}
	if r.limits && !p.noLimit {
		for i := range t.on {
			var err error
			if t.on[i].lowest, err = t.on[i].lowestLimit(func(how how) (measured, error) { return do(i, how) }); err != nil {
				return t, fmt.Errorf("on %s: %w", t.on[i].build, err)
			}
		}
	}
	t.print()
	return t, nil
}

// lowestLimit looks for the lowest ulimit -v that a job can be done under. A run
// that takes many times as long as without a limit does not count as done.
func (on *onBuild) lowestLimit(do func(how) (measured, error)) (int64, error) {
	const times, more = 10, 10 * time.Second
	most := times*time.Duration(median(elapsed(on))*float64(time.Second)) + more
	works := func(kib int64) bool {
		m, err := do(how{limit: kib, most: most})
		return err == nil && m.output == on.output
	}
	return lowest(works, on.memory(peak))
}

// rewrite writes a file again, in one piece. How much of a program's file comes
// into memory with each page that it needs depends on the pieces in which the file
// got into the cache of the disk, which are as large as they were written or read.
func rewrite(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	again := file + ".again"
	if err := os.WriteFile(again, text, 0o777); err != nil {
		return err
	}
	return os.Rename(again, file)
}

// lowest looks for the least ulimit -v in KiB, to a two hundredth, that something
// works under. It begins with what that took without one.
func lowest(works func(kib int64) bool, peak int64) (int64, error) {
	high := peak + peak/4
	for ; !works(high); high *= 2 {
		if high > 64*peak {
			return 0, errors.New("no ulimit -v lets it work")
		}
	}
	for low := int64(0); high-low > high/200; {
		if middle := (low + high) / 2; works(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high, nil
}
