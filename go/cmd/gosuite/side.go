package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A side is one of the two Go roots, and how its tests are run.
type side struct {
	name string
	root string
	args []string
}

// A test is a package, or a test in one.
type test struct {
	pkg, name string
}

func (t test) String() string {
	return strings.TrimSuffix(t.pkg+" "+t.name, " ")
}

// compareTests orders tests by package and name.
func compareTests(a, b test) int { return strings.Compare(a.String(), b.String()) }

var address = regexp.MustCompile("0x[0-9a-f]+")

// unaddressed gives the test without the addresses that package errors has in the
// names of some, where each run has others.
func (t test) unaddressed() test {
	return test{t.pkg, address.ReplaceAllString(t.name, "0x")}
}

// results holds what became of every package and test ("pass", "fail", "skip"),
// and what those that failed wrote.
type results struct {
	action map[test]string
	output map[test]*strings.Builder
}

// event is what go test -json writes, a line each.
type event struct {
	Action, Package, ImportPath, Test, Output string
}

// run tests packages of Go's own.
func (s *side) run(packages []string) (results, error) {
	args := append([]string{"test", "-json", "-count=1"}, s.args...)
	return s.goTest(append(args, packages...))
}

// failures runs one test, or all of a package, alone: 1 if it fails.
func (s *side) failures(t test) int {
	args := append([]string{"test", "-json", "-count=1"}, s.args...)
	if t.name != "" {
		parts := strings.Split(t.name, "/")
		for i, part := range parts {
			parts[i] = "^" + regexp.QuoteMeta(part) + "$"
		}
		args = append(args, "-run", strings.Join(parts, "/"))
	}
	r, err := s.goTest(append(args, t.pkg))
	if err != nil || r.action[test{pkg: t.pkg}] == "fail" {
		return 1
	}
	return 0
}

// goTest runs the go command of this side in its own source: the go.mod of
// another module would change the defaults of GODEBUG.
func (s *side) goTest(args []string) (results, error) {
	cmd := exec.Command(filepath.Join(s.root, "bin", "go"), args...)
	cmd.Dir = filepath.Join(s.root, "src")
	cmd.Env = append(os.Environ(), "GOROOT="+s.root, "GOTOOLCHAIN=local", "GOFLAGS=", "GOWORK=off",
		"PATH="+filepath.Join(s.root, "bin")+":"+os.Getenv("PATH"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return results{}, err
	}
	if err := cmd.Start(); err != nil {
		return results{}, err
	}
	r, readErr := read(out)
	// The status says no more than that some test failed, which is in the events.
	var failed *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &failed) {
		return r, err
	}
	if len(r.action) == 0 && readErr == nil {
		readErr = fmt.Errorf("%s tested nothing", cmd)
	}
	return r, readErr
}

// read takes in the events of go test -json.
func read(from io.Reader) (results, error) {
	r := results{map[test]string{}, map[test]*strings.Builder{}}
	for events := json.NewDecoder(from); ; {
		var e event
		if err := events.Decode(&e); err == io.EOF {
			return r, nil
		} else if err != nil {
			return r, err
		}
		t := test{e.Package, e.Test}
		switch e.Action {
		case "output", "build-output":
			if e.Action == "build-output" {
				t.pkg, _, _ = strings.Cut(e.ImportPath, " ")
			}
			if r.output[t] == nil {
				r.output[t] = new(strings.Builder)
			}
			r.output[t].WriteString(e.Output)
		case "pass", "skip":
			r.action[t] = e.Action
			delete(r.output, t)
		case "fail":
			r.action[t] = e.Action
		}
	}
}

// summary counts packages and tests.
func (r results) summary() string {
	var packages, tests [2]int
	for t, action := range r.action {
		counts := &tests
		if t.name == "" {
			counts = &packages
		}
		switch action {
		case "pass":
			counts[0]++
		case "fail":
			counts[1]++
		}
	}
	return fmt.Sprintf("%d packages pass, %d fail; %d tests pass, %d fail",
		packages[0], packages[1], tests[0], tests[1])
}

// failed lists what failed, in order, without what only contains something that
// failed.
func (r results) failed() []test {
	var failed []test
	for t, action := range r.action {
		if action == "fail" {
			failed = append(failed, t)
		}
	}
	contains := func(a, b test) bool {
		return a.pkg == b.pkg && (a.name == "" && b.name != "" || strings.HasPrefix(b.name, a.name+"/"))
	}
	failed = slices.DeleteFunc(slices.Clone(failed), func(a test) bool {
		return slices.ContainsFunc(failed, func(b test) bool { return contains(a, b) })
	})
	slices.SortFunc(failed, compareTests)
	return failed
}

// failedUnlike lists what failed here and not there.
func (r results) failedUnlike(other results) []test {
	return slices.DeleteFunc(r.failed(), func(t test) bool { return other.action[t] == "fail" })
}

// passedOnly lists what passed here and neither passed nor failed there: it was
// skipped, or there is no such test. Addresses in names are not compared.
func (r results) passedOnly(other results) []test {
	there := map[test]bool{}
	for t, action := range other.action {
		if action == "pass" || action == "fail" {
			there[t.unaddressed()] = true
		}
	}
	var only []test
	for t, action := range r.action {
		if action == "pass" && !there[t.unaddressed()] {
			only = append(only, t)
		}
	}
	slices.SortFunc(only, compareTests)
	return only
}

// outputOf gives the end of what a test wrote.
func (r results) outputOf(t test) string {
	const most = 60
	text, ok := r.output[t]
	if !ok {
		return ""
	}
	lines := strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
	return "    " + strings.Join(lines[max(0, len(lines)-most):], "\n    ")
}
