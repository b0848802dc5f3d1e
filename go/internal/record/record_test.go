package record

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/gowasm"
	"gosbrk/internal/op"
)

// releases are the oldest release, the last one before vmaName and the newest.
var releases = []string{"1.21.13", "1.24.11", "1.27.3"}

// program uses memory in the ways that reach the layer: objects, one large slice, collections, and more goroutines than fit the
// stacks there are. It says so on standard output and ends with the status it is given.
const program = `package main

import (
	"os"
	"runtime"
)

var keep [][]byte

func main() {
	for range [64]int{} {
		keep = append(keep, make([]byte, 100<<10))
	}
	keep = nil
	runtime.GC()
	keep = append(keep, make([]byte, 9<<20))
	os.Stdout.WriteString(os.Args[1] + os.Getenv("WHAT") + "\n")
	if os.Args[1] == "fail" {
		println("it cannot go on")
		os.Exit(3)
	}
}
`

// A program is recorded from source to trace with every kind of release, and the port repeats it.
func TestRecordAndReplay(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module program\n\ngo 1.21\n")
	write(t, dir, "main.go", program)
	recorded := 0
	for _, release := range releases {
		root, err := gowasm.OpenRelease(release)
		if err != nil {
			t.Logf("skipped: %v", err)
			continue
		}
		recorded++
		t.Run(root.Version, func(t *testing.T) {
			code, err := Build(root, dir, ".")
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			run := Run{Args: []string{"it"}, Env: map[string]string{"WHAT": " works"}, Stdout: &out}
			trace, err := Record(context.Background(), code, root.Profile(), run)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != "it works\n" {
				t.Errorf("the program said %q", out.String())
			}
			checkTrace(t, root, trace)
			replay(t, trace)

			trace, err = Record(context.Background(), code, root.Profile(), Run{Args: []string{"fail"}})
			if err == nil || !strings.Contains(err.Error(), "exit_code(3)") || !strings.Contains(err.Error(), "it cannot go on") {
				t.Errorf("of the program that failed Record says: %v", err)
			}
			if trace == nil {
				t.Fatal("the program that failed left no trace")
			}
			replay(t, trace)
		})
	}
	if recorded < 2 {
		t.Fatalf("%d Go releases could be had; it takes two to tell anything", recorded)
	}
}

// checkTrace checks that a trace is whole: the kinds of call that every program makes are there, with names where there are any.
func checkTrace(t *testing.T, root *gowasm.Root, trace *op.Script) {
	config, err := engine.ConfigOf(trace.Init)
	if err != nil || config.Profile != root.Profile() || config.Start == 0 || config.Initial <= config.Start {
		t.Errorf("the trace starts with %v, %v", trace.Init, err)
	}
	has := func(k op.Kind) bool {
		return slices.ContainsFunc(trace.Steps, func(s op.Step) bool { return s.Op.Kind == k })
	}
	kinds := []op.Kind{op.Alloc, op.Reserve, op.Map, op.Used}
	if root.Minor() >= 24 {
		kinds = append(kinds, op.ReserveAligned)
	} else {
		kinds = append(kinds, op.Free)
	}
	for _, k := range kinds {
		if !has(k) {
			t.Errorf("no %v in the trace", k)
		}
	}
	named := slices.ContainsFunc(trace.Steps, func(s op.Step) bool { return s.Op.Name == "heap" })
	if named != (root.Minor() >= 25) {
		t.Errorf("there is a range named heap: %v", named)
	}
}

// replay replays a trace through the port, as it is and as it comes back from a file.
func replay(t *testing.T, trace *op.Script) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace.ops.gz")
	if err := trace.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	back, err := op.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*op.Script{trace, back} {
		if err := Replay(s); err != nil {
			t.Error(err)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
