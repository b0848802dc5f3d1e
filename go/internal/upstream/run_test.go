package upstream

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gosbrk/internal/oracle"
)

// patience is how long a program may take. What they show could also be a loop without
// end.
const patience = 5 * time.Minute

// command is a command that is killed when it takes too long. It has no settings of the
// user's Go.
func command(t *testing.T, dir string, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOOS=linux", "CGO_ENABLED=0", "GOWORK=off",
		"GOFLAGS=", "GOEXPERIMENT=")
	return cmd
}

// output is what a command that must succeed prints.
func output(t *testing.T, cmd *exec.Cmd, env ...string) string {
	t.Helper()
	said, err := all(t, cmd, env...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, said)
	}
	return said
}

// all is everything that a command prints, however it ends.
func all(t *testing.T, cmd *exec.Cmd, env ...string) (string, error) {
	t.Helper()
	cmd.Env = append(cmd.Env, env...)
	said, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.ENOEXEC) {
		t.Skip("this kernel runs no programs for 386")
	}
	return strings.TrimRight(string(said), "\n"), err
}

// programs is the folder of the programs.
func programs(t *testing.T) string {
	t.Helper()
	module, err := oracle.ModuleDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(module, "..", "testdata", "upstream")
}

// releases are the Go roots whose source the document is about: by default the newest,
// with GOSBRK_TEST_LONG=1 all from 1.24 on.
func releases(t *testing.T) []*oracle.Root {
	t.Helper()
	var roots []*oracle.Root
	for _, release := range oracle.Releases {
		newest := release == oracle.Releases[len(oracle.Releases)-1]
		old := strings.HasPrefix(release, "1.21.") || strings.HasPrefix(release, "1.22.") ||
			strings.HasPrefix(release, "1.23.")
		if old || !newest && os.Getenv("GOSBRK_TEST_LONG") != "1" {
			continue
		}
		dir, err := oracle.ReleaseRoot(release)
		if err != nil {
			t.Logf("left out: %v", err)
			continue
		}
		root, err := oracle.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
	}
	if len(roots) == 0 {
		t.Skip("no Go release can be had")
	}
	return roots
}

// printed is what the document says that a program prints: the block of text that follows
// the line "`testdata/upstream/FILE`" and whatever stands behind that.
func printed(t *testing.T, file string) string {
	t.Helper()
	document := read(t, filepath.Join(programs(t), "..", "..", "docs", "upstream.md"))
	_, after, found := bytes.Cut(document, []byte("\n`testdata/upstream/"+file+"`"))
	_, block, fenced := bytes.Cut(after, []byte("\n```text\n"))
	block, _, closed := bytes.Cut(block, []byte("\n```\n"))
	if !found || !fenced || !closed {
		t.Fatalf("docs/upstream.md does not say what %s prints", file)
	}
	return string(block)
}

// Every program is told of, and what is told of is there.
func TestEveryProgramIsInTheDocument(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(programs(t), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if name := filepath.Base(path); name != "arena.go" {
			printed(t, name)
		}
	}
}
