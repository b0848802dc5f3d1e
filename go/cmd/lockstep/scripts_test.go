package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gosbrk/internal/oracle"
)

// popTop is a bug: it gives a free block that ends at the break back to it.
const popTop = `
	for p, before := memFreelist.ptr(), (*memHdr)(nil); p != nil; before, p = p, p.next.ptr() {
		if uintptr(unsafe.Pointer(p))+p.size == bloc {
			bloc -= p.size
			if before == nil {
				memFreelist = 0
			} else {
				before.next = 0
			}
			*p = memHdr{}
			break
		}
	}
`

// bugs are what each script in testdata/scripts is there to show: a change in one file of
// the runtime that brings it back.
var bugs = map[string]struct{ file, old, new string }{
	"sizes-round-up-once":            {"mem_plan9.go", "n = memRound(n)", "n = 2 * memRound(n)"},
	"break-memory-comes-back-zeroed": {"mem_sbrk.go", "memclrNoHeapPointers(v, n)\n", "\n"},
	"free-in-the-middle":             {"mem_sbrk.go", "memclrNoHeapPointers(ap, n)", "if n > 0 {\n\t\treturn\n\t}"},
	"reserve-at-the-break":           {"mem_sbrk.go", "if uintptr(v) == bloc {", "if v == nil && bloc == 0 {"},
	"break-is-never-lowered":         {"mem_sbrk.go", "bloc -= n", "bloc -= n\n\t\t\tblocMax = bloc"},
	"another-hint-is-nil":            {"mem_sbrk.go", "p == 0 && v == nil", "p == 0"},
	"wasm-memory-is-reused":          {"mem_sbrk.go", "p.size >= n {", "p.size >= n && physPageSize == 4096 {"},
	"wasm-initial-memory-first":      {"mem_wasm.go", "bl := bloc", "bl := blocMax\n\tbloc = bl"},
	"aligned-wastes-nothing":         {"mem_sbrk.go", "r := sbrk(p + size - bloc)", "r := sbrk(size + align)\n\t\tp = alignUp(uintptr(r), align)"},
	"aligned-from-the-list-unlocks":  {"mem_sbrk.go", "unlock(&memlock)\n\t\t\tp = start", "p = start"},
	"free-nil":                       {"mem_sbrk.go", "if v == nil {", "if v == nil && n == 1 {"},

	"alloc-too-big":               {"mem_plan9.go", "return nil", "bloc += n\n\t\t\treturn nil"},
	"partial-free":                {"mem_sbrk.go", "if uintptr(unsafe.Pointer(p))+p.size == bpn {", "if false {"},
	"unrounded-free-at-the-break": {"mem_sbrk.go", "if uintptr(v)+n == bloc {", "n = memRound(n)\n\t\tif uintptr(v)+n == bloc {"},
	"free-block-below-the-break":  {"mem_sbrk.go", "bloc -= n\n", "bloc -= n\n" + popTop},
	"growth-skips-a-free-block":   {"mem_sbrk.go", "\treturn sbrk(n)", popTop + "\treturn sbrk(n)"},
	"alignment-below-a-page":      {"mem_sbrk.go", "memAllocNoGrow(size + align)", "memAllocNoGrow(size + align&^(physPageSize-1))"},
	"many-pages":                  {"mem_sbrk.go", "p.size >= n {", "p.size >= n && p.size < 8192*physPageSize {"},
	"aligned-too-big":             {"mem_sbrk.go", "p, size = 0, 0", "bloc, p, size = p, 0, 0"},
}

// Every script turns red in a runtime that has the bug which the script is about.
func TestEveryScriptShowsItsBug(t *testing.T) {
	const release = "1.27.3" // whose text the changes are to
	own, err := oracle.ReleaseRoot(release)
	if err != nil {
		t.Skip(err)
	}
	files, err := filepath.Glob("../../../testdata/scripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in testdata/scripts: %v", err)
	}
	args := []string{"-json", "-named"}
	var names []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if strings.Contains(name, "go121") {
			continue // for a runtime that is too old to be changed like this one
		}
		bug, known := bugs[name]
		if !known {
			t.Errorf("%s: there is no bug that it shows", file)
			continue
		}
		names = append(names, name)
		args = append(args, "-script", file, "-goroot", copyWith(t, own, name, bug.file, bug.old, bug.new))
	}
	said, status := lockstepWith(t, args...)
	if status != differ {
		t.Fatalf("exit status %d, want %d\n%s", status, differ, said)
	}
	for line := range strings.Lines(said) {
		var r row
		if json.Unmarshal([]byte(line), &r) == nil && r.Release+".txt" == r.Mode && r.Differences > 0 {
			names = slices.DeleteFunc(names, func(name string) bool { return name == r.Release })
		}
	}
	for _, name := range names {
		t.Errorf("%s.txt passes although its bug is back", name)
	}
}

// copyWith copies what is read of a Go root, under another name and with one replacement.
func copyWith(t *testing.T, root, name, file, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	runtime := filepath.Join("src", "runtime")
	if err := os.MkdirAll(filepath.Join(dir, runtime), 0o755); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"VERSION": name}
	for _, f := range []string{"mem_sbrk.go", "mem_plan9.go", "mem_wasm.go"} {
		text, err := os.ReadFile(filepath.Join(root, runtime, f))
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Join(runtime, f)] = string(text)
		if f != file {
			continue
		}
		if !strings.Contains(string(text), old) {
			t.Fatalf("%s has no %q", f, old)
		}
		texts[filepath.Join(runtime, f)] = strings.Replace(string(text), old, new, 1)
	}
	for f, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, f), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
