package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A program is something to build and a job for it.
type program struct {
	name   string
	job    string
	module string // with a version
	pkg    string // below the module; empty for the module itself
	test   bool   // the job is the package's own tests
	source string // instead of a module: the text of a main package
	needsC bool   // it does nothing when built with CGO_ENABLED=0

	// times is how often the job is done in a row to take its time, where once is
	// over too soon; 0 is once.
	times int
	// noLimit says that no lowest ulimit -v can be found: the job runs other
	// programs too, or takes another amount of memory each time.
	noLimit bool

	// prepare makes the input, with stock's program at hand.
	prepare func(input, binary string) error
	// before, if there is any, is done before each run, with its empty directory.
	before func(input, work string) error
	// args and env are the program's. $work stands for an empty directory, and
	// $input for that of the input. It runs in dir, or in $work without one.
	args []string
	env  []string
	dir  string
	// stdin is a file that the program reads, below the input.
	stdin string
	// status that the program ends with.
	status int
	// address is what the program listens at if it is a server. Then serve is done
	// while it runs, and gives what stands for the output; after that the program is
	// told to end. The context is done when the program has ended before.
	address string
	serve   func(ctx context.Context, input string) (string, error)
	// clean takes out of standard output what is never the same twice.
	clean func(string) string
	// result, if there is any, looks at what the program has made, and gives what
	// stands for it in the output.
	result func(input, work, output string) (string, error)
}

// prepareOnce makes the input unless it is there.
func (p *program) prepareOnce(input, binary string) error {
	if _, err := os.Stat(input); err == nil || p.prepare == nil {
		return nil
	}
	// What a failure leaves half done is not taken for the input later.
	half := input + ".half"
	if err := os.RemoveAll(half); err != nil {
		return err
	}
	if err := os.MkdirAll(half, 0o777); err != nil {
		return err
	}
	if err := p.prepare(half, binary); err != nil {
		return err
	}
	return os.Rename(half, input)
}

// how says how a job is done.
type how struct {
	limit int64         // ulimit -v in KiB; 0: none
	most  time.Duration // how long it may take; 0: as long as any job may
	look  bool          // look at the memory
	trace string        // a directory to record to; empty: nothing is recorded
}

// do has the program do its job in a directory made for it. If neither a limit nor
// a look is wanted, it does it as often as its time takes.
func (p *program) do(binary, input, work string, how how) (measured, error) {
	m, err := p.once(binary, input, work, how)
	if how.limit != 0 || how.look {
		return m, err
	}
	for i := 1; i < p.times && err == nil; i++ {
		before := m
		m, err = p.once(binary, input, work, how)
		m.time += before.time
		m.cpu += before.cpu
	}
	return m, err
}

// once has the program do its job once.
func (p *program) once(binary, input, work string, how how) (measured, error) {
	if err := os.RemoveAll(work); err != nil {
		return measured{}, err
	}
	// Hidden, for what is in it is no part of what comes out.
	temporary := filepath.Join(work, ".tmp")
	if err := os.MkdirAll(temporary, 0o777); err != nil {
		return measured{}, err
	}
	if p.before != nil {
		if err := p.before(input, work); err != nil {
			return measured{}, err
		}
	}
	place := strings.NewReplacer("$input", input, "$work", work).Replace
	j := job{binary: binary, dir: work, env: append(os.Environ(), "TMPDIR="+temporary), status: p.status, how: how}
	for _, arg := range p.args {
		j.args = append(j.args, place(arg))
	}
	for _, variable := range p.env {
		j.env = append(j.env, place(variable))
	}
	if how.trace != "" {
		// Each process has a file of its own there.
		j.env = append(j.env, "GOSBRK=trace="+filepath.Join(how.trace, "%p"))
	}
	if p.stdin != "" {
		j.stdin = filepath.Join(input, p.stdin)
	}
	if p.dir != "" {
		j.dir = place(p.dir)
	}
	if p.test {
		j.dir = filepath.Join(filepath.Dir(binary), "source", p.pkg)
	}
	if p.serve != nil {
		if err := unused(p.address); err != nil {
			return measured{}, err
		}
		j.serve = func(ctx context.Context) (string, error) { return p.serve(ctx, input) }
	}
	m, err := measure(j)
	if err != nil {
		return m, err
	}
	if p.result != nil {
		if m.output, err = p.result(input, work, m.output); err != nil {
			return m, err
		}
	}
	if p.clean != nil {
		m.output = p.clean(m.output)
	}
	files, err := hashFiles(work)
	if err != nil {
		return m, err
	}
	m.output = fmt.Sprintf("%x", sha256.Sum256([]byte(m.output+files)))
	return m, nil
}

// hashFiles gives one hash for what a directory holds, but for hidden files.
func hashFiles(dir string) (string, error) {
	hash := sha256.New()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		fmt.Fprintf(hash, "%s\n", name)
		_, err = io.Copy(hash, file)
		return err
	})
	return fmt.Sprintf("%x", hash.Sum(nil)), err
}
