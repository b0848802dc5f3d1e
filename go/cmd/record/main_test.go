package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gosbrk/internal/record"
)

// parse is a command line up to where the program's own arguments begin.
func parse(t *testing.T, line ...string) (*command, []string) {
	var c command
	f := flag.NewFlagSet("record", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	c.flags(f)
	if err := f.Parse(line); err != nil {
		t.Fatal(err)
	}
	return &c, f.Args()
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		line []string
		want string
	}{
		{nil, "name either a package to record or -workload"},
		{[]string{"-workload", "all", "cmd/gofmt"}, "name either a package to record or -workload"},
		{[]string{"-go", "1.27.3", "-goroot", "x", "cmd/gofmt"}, "give one of them"},
		{[]string{"-workload", "chess"}, `unknown workload "chess" (known: gofmt, `},
		{[]string{"-C", t.TempDir(), "./none"}, "go build"},
	} {
		c, args := parse(t, test.line...)
		if err := c.run(args); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("record %v: %v; want an error with %q", test.line, err, test.want)
		}
	}
}

// A program is recorded with its input, its folder and its arguments; one that fails leaves a trace and an error.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module program\n\ngo 1.21\n",
		"main.go": "package main\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc main() {\n\tin, _ := io.ReadAll(os.Stdin)\n\tfile, _ := os.ReadFile(\"/in/go.mod\")\n\tif string(in) != string(file) || len(os.Args) != 2 {\n\t\tos.Exit(1)\n\t}\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		program []string
		fails   bool
	}{{[]string{".", "argument"}, false}, {[]string{"."}, true}} {
		out := filepath.Join(t.TempDir(), "trace.ops.gz")
		c, args := parse(t, append([]string{"-o", out, "-C", dir, "-stdin", filepath.Join(dir, "go.mod"), "-mount", "/in=" + dir}, test.program...)...)
		if err := c.run(args); (err != nil) != test.fails {
			t.Fatalf("record %v: %v", test.program, err)
		}
		trace, err := record.ReadTrace(out)
		if err != nil {
			t.Fatal(err)
		}
		if trace.Program != "trace" || !strings.HasPrefix(trace.Release, "go1.") || len(trace.Script.Steps) == 0 {
			t.Errorf("the trace is of %q, %q, with %d calls", trace.Program, trace.Release, len(trace.Script.Steps))
		}
		if err := record.Replay(trace.Script); err != nil {
			t.Error(err)
		}
	}
}
