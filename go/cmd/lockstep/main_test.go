package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// command is the program, built as "go run" would.
var command string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lockstep")
	if err != nil {
		fail(err)
	}
	command = filepath.Join(dir, "lockstep")
	build := exec.Command("go", "build", "-ldflags=-w", "-o", command, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fail(fmt.Errorf("go build: %w", err))
	}
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// lockstepWith runs the program and returns what it says and its exit status.
func lockstepWith(t *testing.T, args ...string) (said string, status int) {
	t.Helper()
	cmd := exec.Command(command, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// changedRoot is the go command's own root as far as it is read, with one replacement in
// mem_sbrk.go.
func changedRoot(t *testing.T, old, new string) string {
	t.Helper()
	own, err := oracle.OwnRoot()
	if err != nil {
		t.Fatal(err)
	}
	return copyWith(t, own, "changed", "mem_sbrk.go", old, new)
}

func TestUnchangedRootPasses(t *testing.T) {
	for _, args := range [][]string{
		{"-ops", "20000"},
		{"-exhaustive", "6"},
		{"-sweep", "-stride", "1024"},
		{"-script", "../../../testdata/scripts/free-in-the-middle.txt"},
	} {
		said, status := lockstepWith(t, args...)
		if status != same || !strings.Contains(said, "PASS: 0 differences in ") {
			t.Errorf("lockstep %v: exit status %d\n%s", args, status, said)
		}
	}
}

func TestChangedRootFailsWithTheCommandThatShowsIt(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"memory not cleared at the break", "memclrNoHeapPointers(v, n)\n\t\t\tbloc -= n", "bloc -= n", "the byte at "},
		{"block not merged", "if bpn+bp.size == uintptr(unsafe.Pointer(p)) {", "if false {", "the free list differs"},
		{"lock kept", "memCheck()\n\t\t\tunlock(&memlock)\n\t\t\tp = start", "memCheck()\n\t\t\tp = start", "the call returned with memlock held"},
		{"lock taken twice", "p = uintptr(memAlloc(n))\n\t\tmemCheck()", "lock(&memlock)\n\t\tp = uintptr(memAlloc(n))", "the runtime would deadlock here"},
		{"wild address", "bp.size = n\n", "*(*uintptr)(unsafe.Pointer(^uintptr(4095))) = n\n", "mem_sbrk.go:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := changedRoot(t, c.old, c.new)
			said, status := lockstepWith(t, "-goroot", root, "-profile", "plan9")
			if status != differ || !strings.Contains(said, c.want) || !strings.Contains(said, "FAIL: differences in 1 of 1 runs") {
				t.Fatalf("exit status %d, want %d and %q\n%s", status, differ, c.want, said)
			}
			_, again, found := strings.Cut(said, "run it again: go run ./cmd/lockstep ")
			again, _, _ = strings.Cut(again, "\n")
			if !found {
				t.Fatalf("there is no command to run it again\n%s", said)
			}
			args := strings.Fields(again)
			defer os.Remove(args[len(args)-1])
			if said, status := lockstepWith(t, args...); status != differ || !strings.Contains(said, c.want) {
				t.Errorf("lockstep %s: exit status %d, want %d and %q\n%s", again, status, differ, c.want, said)
			}
		})
	}
}

func TestNothingToCompareIsStatusTwo(t *testing.T) {
	for want, args := range map[string][]string{
		"not a Go root":                       {"-goroot", t.TempDir()},
		`unknown profile "linux"`:             {"-profile", "linux"},
		`"ops" is not a flag`:                 {"ops"},
		"-stride 0":                           {"-sweep", "-stride", "0"},
		"no such file":                        {"-script", "none.txt"},
		"there are 1 Go releases to compare":  {"-least", "2"},
		"far more than there is time for":     {"-exhaustive", "99"},
		"what it takes from the rest":         {"-goroot", changedRoot(t, "alignUp(p, physPageSize)", "roundPage(p)")},
		"nothing was compared: no engine has": {"-profile", "wasm", "-script", "../../../testdata/scripts/free-in-the-middle.txt"},
	} {
		if said, status := lockstepWith(t, args...); status != unusable || !strings.Contains(said, want) {
			t.Errorf("lockstep %v: exit status %d, want %d and %q\n%s", args, status, unusable, want, said)
		}
	}
}

func TestRowsCanBeRead(t *testing.T) {
	said, status := lockstepWith(t, "-json", "-ops", "20000")
	if status != same {
		t.Fatalf("exit status %d\n%s", status, said)
	}
	rows := 0
	for line := range strings.Lines(said) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if r.Engine != "source" || r.Release == "" || r.Hash == "" || r.Ops != 20_000 || r.Differences != 0 || r.NsPerOp == 0 || r.PortNsPerOp == 0 {
			t.Errorf("row %+v", r)
		}
		rows++
	}
	if rows != 2 {
		t.Errorf("%d rows, want one of plan9 and one of wasm", rows)
	}
}

// If the process that compares is killed, the calls that led to it are kept.
func TestCrashIsReportedWithItsScript(t *testing.T) {
	flight, err := lockstep.OpenFlight(filepath.Join(t.TempDir(), "flight"))
	if err != nil {
		t.Fatal(err)
	}
	defer flight.Close()
	r := lockstep.New(model.New())
	r.Record(flight)
	if err := r.Start(engine.Config{Limit: 1 << 16}); err != nil {
		t.Fatal(err)
	}
	if err := r.Step(op.Op{Kind: op.Alloc, N: 4097}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	kept := os.Stdout
	if os.Stdout, err = os.Create(out); err != nil {
		t.Fatal(err)
	}
	status := crashed(&options{}, flight, errors.New("signal: aborted"))
	os.Stdout = kept
	said, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	_, name, found := strings.Cut(string(said), "-script ")
	name, _, _ = strings.Cut(name, "\n")
	if status != differ || !found || !strings.Contains(string(said), "died (signal: aborted) in call 1:\n    alloc 4097") {
		t.Fatalf("exit status %d, said\n%s", status, said)
	}
	defer os.Remove(name)
	if s, err := op.ReadFile(name); err != nil || len(s.Steps) != 1 || s.Steps[0].Op.N != 4097 {
		t.Errorf("the script is %+v, %v", s, err)
	}
}
