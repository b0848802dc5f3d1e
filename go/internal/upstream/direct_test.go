package upstream

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/oracle"
)

// direct is a program that calls the memory layer directly: one file of
// testdata/upstream and the file arena.go, which all of them share.
type direct struct {
	file    string
	profile engine.Profile
	arch    string
	debug   bool // memDebug is set
}

var directs = []direct{
	{file: "aligned_wraps_list.go", profile: engine.Plan9, arch: "386"},
	{file: "aligned_wraps_break.go", profile: engine.Plan9, arch: "386"},
	{file: "beside_the_break.go", profile: engine.Wasm, arch: "amd64"},
	{file: "aligned_fit.go", profile: engine.Wasm, arch: "amd64"},
	{file: "slack.go", profile: engine.Wasm, arch: "amd64"},
	{file: "mem_check.go", profile: engine.Plan9, arch: "amd64", debug: true},
}

func TestProgramsThatCallTheLayer(t *testing.T) {
	roots := releases(t)
	for _, d := range directs {
		t.Run(d.file, func(t *testing.T) {
			want := printed(t, d.file)
			for _, root := range roots {
				if got := d.run(t, root); got != want {
					t.Errorf("with the source of %s it prints\n%s\nthe document says\n%s",
						root.Release, got, want)
				}
			}
		})
	}
}

var packageClause = regexp.MustCompile(`(?m)^package \w+$`)

// run compiles the program with the memory layer of a Go root, and returns what it
// prints.
func (d *direct) run(t *testing.T, root *oracle.Root) string {
	t.Helper()
	generated, err := oracle.Generate([]*oracle.Root{root}, []engine.Profile{d.profile})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), []byte("module upstream\n\ngo 1.24\n"))
	for name, text := range generated[0].Files {
		if name == "glue.go" {
			continue // is for engines
		}
		text = packageClause.ReplaceAll(text, []byte("package main"))
		if name == "mem_sbrk.go" && d.debug {
			text = replace(t, text, "memDebug = false", "memDebug = true")
		}
		write(t, filepath.Join(dir, name), text)
	}
	for _, name := range []string{"arena.go", d.file} {
		text := read(t, filepath.Join(programs(t), name))
		if generated[0].Named("sysAllocOS") == "" {
			// Before Go 1.25 nothing takes a name.
			text = bytes.ReplaceAll(text, []byte(`, "")`), []byte(")"))
		}
		write(t, filepath.Join(dir, name), text)
	}
	program := filepath.Join(dir, "program")
	output(t, command(t, dir, "go", "build", "-o", program, "."), "GOARCH="+d.arch)
	return output(t, command(t, dir, program))
}

func replace(t *testing.T, text []byte, old, with string) []byte {
	t.Helper()
	if bytes.Count(text, []byte(old)) != 1 {
		t.Fatalf("there is no one %q in\n%s", old, text)
	}
	return bytes.Replace(text, []byte(old), []byte(with), 1)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
