// Command bench is the Go side of the project's comparison (tools/bench.sh): it does what a plan says with the library, called
// through cgo or directly, or with Go's own memory layer, compiled natively from a Go root, and prints how long that took.
//
//	go run ./cmd/bench build                   builds it with Go's source in it, and prints the program's path
//	PROGRAM version                            which source that is
//	PROGRAM cgo|direct|go PLAN MILLISECONDS    takes one sample: "sample NANOSECONDS KIB"
//
// bench/src/plan.rs says what a plan is.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"gosbrk/internal/engine"
	"gosbrk/internal/oracle"
	_ "gosbrk/internal/oracle/linked"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "build":
		return build()
	case len(args) == 1 && args[0] == "version":
		return version()
	case len(args) == 3:
		return sample(args[0], args[1], args[2])
	}
	return errors.New("usage: bench build | version | cgo|direct|go PLAN MILLISECONDS")
}

// wanted is which release's source does the work of which profile: the newest, and for traces of older programs the newest that
// has the sbrk that they ran on.
var wanted = []struct {
	release  string
	profiles []engine.Profile
}{
	{oracle.Releases[len(oracle.Releases)-1], []engine.Profile{engine.Plan9, engine.Wasm}},
	{"1.23.9", []engine.Profile{engine.WasmGo121}},
}

// build compiles this program with Go's source in it. What cannot be had is said, and left out.
func build() error {
	module, err := oracle.ModuleDir()
	if err != nil {
		return err
	}
	b := &oracle.Build{Module: module, Out: oracle.OutDir(module), Package: "./cmd/bench"}
	for _, w := range wanted {
		dir, err := oracle.ReleaseRoot(w.release)
		if err != nil {
			fmt.Fprintf(os.Stderr, "skipped: %v\n", err)
			continue
		}
		if err := add(b, dir, w.profiles); err != nil {
			return err
		}
	}
	if len(b.Sources) == 0 {
		dir, err := oracle.OwnRoot()
		if err != nil {
			return err
		}
		if err := add(b, dir, wanted[0].profiles); err != nil {
			return err
		}
	}
	path, err := b.Program()
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// add puts the source of a Go root into a build.
func add(b *oracle.Build, dir string, profiles []engine.Profile) error {
	root, err := oracle.Open(dir)
	if err != nil {
		return err
	}
	sources, err := oracle.Generate([]*oracle.Root{root}, profiles)
	b.Sources = append(b.Sources, sources...)
	return err
}

// version prints which source is in this program, and what compiled it.
func version() error {
	var titles []string
	for _, s := range oracle.Sources() {
		titles = append(titles, fmt.Sprintf("%s of %s", s.Profile, s.Title()))
	}
	fmt.Printf("mem_sbrk.go (%s), compiled by %s\n", strings.Join(titles, ", "), runtime.Version())
	return nil
}

// sample does what a plan says, once.
func sample(name, path, milliseconds string) error {
	ms, err := strconv.Atoi(milliseconds)
	if err != nil {
		return err
	}
	p, err := readPlan(path)
	if err != nil {
		return err
	}
	s, err := newSide(name, p)
	if err != nil {
		return err
	}
	// The collector has nothing to do, and shall not look for it while the clock runs.
	runtime.GC()
	debug.SetGCPercent(-1)
	before := resident("VmRSS:")
	t, err := measure(s, p, time.Duration(ms)*time.Millisecond)
	if err != nil {
		return err
	}
	fmt.Printf("sample %.3f %d\n", float64(t.took.Nanoseconds())/float64(t.passes*p.units), resident("VmHWM:")-before)
	return nil
}

// resident is a line of the kernel's account of this process, in KiB.
func resident(line string) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), line)
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.Atoi(fields[0]) // 0 if the kernel says something else
	return kib
}
