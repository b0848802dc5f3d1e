package lockstep

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/oracle"
	_ "gosbrk/internal/oracle/linked"
)

// skippedVar tells the test binary which releases could not be had, and why, a line each.
const skippedVar = "GOSBRK_LOCKSTEP_SKIPPED"

// TestMain builds the test binary anew with Go's own source in it, and runs that instead.
// While fuzzing it does not: the go command has put its instrumentation into the binary
// that it built, so the overlay has to be given to the go command.
func TestMain(m *testing.M) {
	flag.Parse()
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	if fuzzing || len(oracle.Sources()) > 0 {
		os.Exit(m.Run())
	}
	program, skipped, err := buildWithSource()
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
	cmd := exec.Command(program, os.Args[1:]...)
	cmd.Env = append(os.Environ(), skippedVar+"="+strings.Join(skipped, "\n"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// buildWithSource builds this package's test binary with all releases that can be had, of
// which there must be two.
func buildWithSource() (program string, skipped []string, err error) {
	var roots []*oracle.Root
	for _, release := range oracle.Releases {
		dir, err := oracle.ReleaseRoot(release)
		if err != nil {
			skipped = append(skipped, err.Error())
			continue
		}
		root, err := oracle.Open(dir)
		if err != nil {
			return "", nil, err
		}
		roots = append(roots, root)
	}
	if len(roots) < 2 {
		return "", nil, fmt.Errorf("the library has to be compared with two Go releases at least, and %d can be had:\n%s", len(roots), strings.Join(skipped, "\n"))
	}
	sources, err := oracle.Generate(roots, engine.Profiles())
	if err != nil {
		return "", nil, err
	}
	module, err := filepath.Abs("../..")
	if err != nil {
		return "", nil, err
	}
	build := oracle.Build{Module: module, Out: oracle.OutDir(module), Package: "./internal/lockstep", Test: true, Sources: sources}
	program, err = build.Program()
	return program, skipped, err
}

// TestReleases says which releases the other tests of this package ran against, and skips
// for those that could not be had.
func TestReleases(t *testing.T) {
	for _, s := range oracle.Sources() {
		t.Logf("%s %s, source %s", s.Title(), s.Profile, s.Hash)
	}
	for line := range strings.SplitSeq(os.Getenv(skippedVar), "\n") {
		if line != "" {
			t.Run(strings.Fields(line)[1], func(t *testing.T) { t.Skip(line) })
		}
	}
}

// eachSource runs a test for every source of the wanted profiles, with the library and
// the model.
func eachSource(t *testing.T, profiles []engine.Profile, test func(*testing.T, *Runner, *oracle.Source)) {
	t.Helper()
	eachSourceWith(t, port.New, profiles, test)
}

// eachSourceWith is eachSource with the library called in that way.
func eachSourceWith(t *testing.T, library func() *port.Port, profiles []engine.Profile, test func(*testing.T, *Runner, *oracle.Source)) {
	t.Helper()
	ran := 0
	for _, s := range oracle.Sources() {
		for _, p := range profiles {
			if s.Profile != p {
				continue
			}
			ran++
			t.Run(s.Title()+"/"+p.String(), func(t *testing.T) {
				r := New(library(), s.Engine(), model.New())
				test(t, r, s)
				for _, e := range r.Engines() {
					if err := e.Close(); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	if ran == 0 {
		t.Skipf("no Go release that has %v can be had", profiles)
	}
}

// must fails a test with what came of a guarded run, shrunk and with its script.
func must(t *testing.T, r *Runner, err error) {
	t.Helper()
	var d *Difference
	if errors.As(err, &d) {
		d = r.Shrink(d, Patience)
		var script strings.Builder
		if err := d.Script().Write(&script); err != nil {
			t.Error(err)
		}
		t.Fatalf("%v\nThis script shows it (save it and run it with -script, see go run ./cmd/lockstep -help):\n%s", d, script.String())
	}
	if err != nil {
		t.Fatal(err)
	}
}
