package upstream

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gosbrk/internal/oracle"
)

// An ordinary program, compiled for Linux on 386 with the memory layer of an sbrk system in
// its runtime, makes slices of nearly all of the address space. It should run out of
// memory.
func TestOrdinaryProgramOn386(t *testing.T) {
	want := printed(t, "make_slice.go")
	root := releases(t)[len(releases(t))-1]
	program := buildOnSbrk(t, root)
	var got []string
	for _, bytes := range nearlyAll {
		said, err := all(t, command(t, t.TempDir(), program, bytes))
		if err == nil {
			t.Fatalf("it has %s bytes", bytes)
		}
		got = append(got, "$ make_slice "+bytes)
		got = append(got, ending(said)...)
	}
	if masked := mask(strings.Join(got, "\n")); masked != mask(want) {
		t.Errorf("with the source of %s it prints\n%s\nthe document says\n%s",
			root.Release, strings.Join(got, "\n"), want)
	}
}

// nearlyAll are the sizes of slices that make_slice.go is to make.
var nearlyAll = []string{"0xf0000000", "0xf8000000", "0xffbffff8"}

// With the document's fix each of them ends as it should.
func TestOrdinaryProgramOn386WithTheFix(t *testing.T) {
	root := releases(t)[len(releases(t))-1]
	const fail = "{\n\t\t\tp, size = 0, 0\n\t\t\tunlock(&memlock)\n\t\t\treturn\n\t\t}\n"
	list, grow := "\t\tif base := memAllocNoGrow(size + align)", "\t\tr := sbrk(p + size - bloc)"
	program := buildOnSbrk(t, root,
		change{"mem_sbrk.go", list, "\t\tif size+align < size " + fail + list},
		change{"mem_sbrk.go", grow, "\t\tif p < bloc || p+size < p " + fail + grow},
		change{"mem_plan9.go", "\tn = memRound(n)\n",
			"\tif memRound(n) < n || bl+memRound(n) < bl {\n\t\treturn nil\n\t}\n\tn = memRound(n)\n"})
	for _, bytes := range nearlyAll {
		said, err := all(t, command(t, t.TempDir(), program, bytes))
		if err == nil || !strings.HasPrefix(said, "runtime: out of memory: cannot allocate ") {
			t.Errorf("make_slice %s: %v\n%s", bytes, err, said)
		}
	}
}

// change is a line of a file of the runtime, and what is in its place.
type change struct{ file, old, with string }

// ending is the message that a program ends with and, if that is a fault, the calls of the
// memory layer that it was in. Three points stand for what is left out.
func ending(said string) []string {
	message, _, _ := strings.Cut(said, "\n\n")
	const cut = "..."
	lines := append(strings.Split(message, "\n"), cut)
	if !strings.HasPrefix(message, "SIGSEGV") {
		return lines
	}
	for _, line := range strings.Split(said, "\n") {
		layer := strings.HasPrefix(line, "runtime.mem") || strings.HasPrefix(line, "runtime.sysReserveAlignedSbrk(")
		if layer {
			lines = append(lines, line)
		}
	}
	return append(lines, cut)
}

// mask takes out what depends on where a compiler puts things: addresses and what is
// computed from them.
func mask(text string) string {
	text = regexp.MustCompile(`PC=\S+.*`).ReplaceAllString(text, "PC=…")
	text = regexp.MustCompile(`\d+ in use`).ReplaceAllString(text, "… in use")
	return regexp.MustCompile(`0x[0-9a-f]+`).ReplaceAllStringFunc(text, func(hex string) string {
		if hex == "0xffc00000" || hex == "0x400000" {
			return hex // the arguments that do it
		}
		return "0x…"
	})
}

// buildOnSbrk compiles make_slice.go with a root's own go command and returns the program. Its
// runtime has the memory layer of Plan 9, and then these changes.
func buildOnSbrk(t *testing.T, root *oracle.Root, changes ...change) string {
	t.Helper()
	dir := t.TempDir()
	// Where a root lies in the module cache no file of it may be replaced, but where it is
	// reached through a link.
	goroot := filepath.Join(dir, "goroot")
	if err := os.Symlink(root.Dir, goroot); err != nil {
		t.Fatal(err)
	}
	source := func(name string) string { return filepath.Join(goroot, "src", "runtime", name) }
	overlay := map[string]string{
		source("mem_linux.go"): filepath.Join(programs(t), "runtime", "mem_linux.go"),
	}
	changed := map[string][]byte{"mem_plan9.go": read(t, source("mem_plan9.go"))}
	for _, c := range append([]change{
		{"mem_sbrk.go", "//go:build plan9 || wasm", "//go:build linux"},
		{"mem_nonsbrk.go", "//go:build !plan9 && !wasm", "//go:build ignore"},
		{"os_linux.go", "func osinit() {", "func osinit() {\n\tinitBloc()"},
	}, changes...) {
		if changed[c.file] == nil {
			changed[c.file] = read(t, source(c.file))
		}
		changed[c.file] = replace(t, changed[c.file], c.old, c.with)
	}
	for name, text := range changed {
		to := filepath.Join(dir, name)
		if name == "mem_plan9.go" {
			name, to = "zsbrk.go", filepath.Join(dir, "zsbrk.go") // which is for Linux by its name
		}
		write(t, to, text)
		overlay[source(name)] = to
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), text)
	write(t, filepath.Join(dir, "go.mod"), []byte("module upstream\n\ngo 1.24\n"))
	write(t, filepath.Join(dir, "main.go"), read(t, filepath.Join(programs(t), "make_slice.go")))
	program := filepath.Join(dir, "make_slice")
	build := command(t, dir, filepath.Join(goroot, "bin", "go"), "build", "-trimpath",
		"-overlay", "overlay.json", "-o", program, "main.go")
	output(t, build, "GOROOT="+goroot, "GOARCH=386")
	return program
}
