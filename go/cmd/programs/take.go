package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// taken is what a program's job took on every build.
type taken struct {
	program *program
	on      []onBuild // in the order of the builds
}

// onBuild is what a job took on one build: a measurement for each round, with its
// time, and one for each look, with its memory.
type onBuild struct {
	build  string
	output string
	rounds []measured
	looks  []measured
	lowest int64 // ulimit -v in KiB; 0: nobody looked
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

// take builds a program and has it do its job.
func (r *runner) take(p *program, dir string) (taken, error) {
	t := taken{p, make([]onBuild, len(r.builds))}
	binaries := make([]string, len(r.builds))
	for i, b := range r.builds {
		t.on[i].build = b.name
		var err error
		if binaries[i], err = p.build(filepath.Join(dir, b.name), b); err != nil {
			return t, err
		}
		if err := rewrite(binaries[i]); err != nil {
			return t, err
		}
	}
	input := filepath.Join(dir, "input")
	if err := p.prepareOnce(input, binaries[0]); err != nil {
		return t, err
	}
	do := func(i int, limit int64, look bool) (measured, error) {
		m, err := p.do(binaries[i], input, r.scratch, limit, look)
		if err != nil {
			return m, fmt.Errorf("on %s: %w", r.builds[i].name, err)
		}
		return m, nil
	}
	// Once for the caches of the disk and for what comes out.
	for i := range t.on {
		m, err := do(i, 0, false)
		if err != nil {
			return t, err
		}
		t.on[i].output = m.output
	}
	for round := range r.rounds + r.looks {
		look := round >= r.rounds
		for i := range t.on {
			on := &t.on[(i+round)%len(t.on)]
			m, err := do((i+round)%len(t.on), 0, look)
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
	if !r.limits || p.noLimit {
		return t, nil
	}
	for i := range t.on {
		works := func(kib int64) bool {
			m, err := do(i, kib, false)
			return err == nil && m.output == t.on[i].output
		}
		var err error
		if t.on[i].lowest, err = lowest(works, t.on[i].memory(peak)); err != nil {
			return t, fmt.Errorf("on %s: %w", t.on[i].build, err)
		}
	}
	return t, nil
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
