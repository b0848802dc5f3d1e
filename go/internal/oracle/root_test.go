package oracle

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gosbrk/internal/engine"
)

// copyRoot copies what is read of the go command's own root, with one replacement in one
// file.
func copyRoot(t *testing.T, file, old, new string) string {
	t.Helper()
	own, err := OwnRoot()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "src", "runtime"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"VERSION", sbrkFile, plan9File, wasmFile, "src/runtime/mem.go", "src/runtime/malloc.go"} {
		text, err := os.ReadFile(filepath.Join(own, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == file {
			changed := strings.ReplaceAll(string(text), old, new)
			if changed == string(text) {
				t.Fatalf("%s has no %q", name, old)
			}
			text = []byte(changed)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// generate makes packages of a root in all its profiles.
func generate(t *testing.T, dir string) ([]*Package, error) {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		return nil, err
	}
	return Generate([]*Root{r}, engine.Profiles())
}

const (
	sbrkFile  = "src/runtime/mem_sbrk.go"
	plan9File = "src/runtime/mem_plan9.go"
	wasmFile  = "src/runtime/mem_wasm.go"
)

func TestOwnRootIsUnderstood(t *testing.T) {
	packages, err := generate(t, copyRoot(t, "", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) != 2 || packages[0].Profile != engine.Plan9 || packages[1].Profile == engine.Plan9 {
		t.Fatalf("want one package of plan9 and one of wasm, got %v", packages)
	}
	for _, p := range packages {
		for _, name := range []string{"mem_sbrk.go", "sbrk.go", "standin.go", "glue.go"} {
			if text := string(p.Files[name]); !strings.Contains(text, "package "+p.Name) || strings.Contains(text, "//go:") {
				t.Errorf("%s of %s is not as it should be:\n%s", name, p.Name, text)
			}
		}
	}
}

func TestWhatIsNotUnderstoodIsNamed(t *testing.T) {
	for _, c := range []struct{ name, file, old, new, want string }{
		{
			"function of the runtime", sbrkFile,
			"alignUp(p, physPageSize)", "roundPage(p)",
			"undefined: roundPage",
		}, {
			"import", sbrkFile,
			`import "unsafe"`, "import (\n\t\"internal/goarch\"\n\t\"unsafe\"\n)\n\nvar _ = goarch.PtrSize",
			`imports "internal/goarch"`,
		}, {
			"parameter", sbrkFile,
			"func sysFreeOS(v unsafe.Pointer, n uintptr)", "func sysFreeOS(v unsafe.Pointer, n uintptr, why int)",
			"sysFreeOS is func(unsafe.Pointer, uintptr, int), where",
		}, {
			"function", sbrkFile,
			"initBloc", "initBreak",
			"initBloc is none, where func() was expected",
		}, {
			"header", sbrkFile,
			"\tsize uintptr\n}", "\tsize uintptr\n\tmagic uintptr\n}",
			"memHdr is struct{next uintptr; size uintptr; magic uintptr}",
		}, {
			"no sbrk", wasmFile,
			"func sbrk(", "func grow(",
			"mem_wasm.go has no function sbrk",
		}, {
			"no aligned reserve", sbrkFile,
			"sysReserveAlignedSbrk", "sysReserveAlignedBreak",
			"mem_sbrk.go has no function sysReserveAlignedSbrk",
		}, {
			"syntax", plan9File,
			"func sbrk(", "func sbrk(((",
			"mem_plan9.go:",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := generate(t, copyRoot(t, c.file, c.old, c.new))
			if err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), c.want) {
				t.Errorf("%v; want an error with %q", err, c.want)
			}
		})
	}
}

func TestNoRootIsAnError(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a Go root") {
		t.Error(err)
	}
}

// A root without VERSION is one that is being worked on.
func TestRootWithoutVersionIsDevel(t *testing.T) {
	dir := copyRoot(t, "", "", "")
	if err := os.Remove(filepath.Join(dir, "VERSION")); err != nil {
		t.Fatal(err)
	}
	if r, err := Open(dir); err != nil || r.Release != "devel" {
		t.Errorf("%v, %v", r, err)
	}
}

// What a changed tree declares itself is taken from there, not from package standin.
func TestTreesOwnDeclarationIsUsed(t *testing.T) {
	packages, err := generate(t, copyRoot(t, plan9File, "func sbrk(", "func alignUp(n, a uintptr) uintptr { return n }\n\nfunc sbrk("))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(packages[0].Files["standin.go"]); strings.Contains(text, "func alignUp") {
		t.Errorf("the stand-in for alignUp is still there:\n%s", text)
	}
}

func TestSameSourceIsOneEngine(t *testing.T) {
	one, other := copyRoot(t, "", "", ""), copyRoot(t, "VERSION", "go1.", "go1.9")
	changed := copyRoot(t, wasmFile, "bl := bloc", "bl  := bloc")
	var roots []*Root
	for _, dir := range []string{one, other, changed} {
		r, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, r)
	}
	packages, err := Generate(roots, engine.Profiles())
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) != 3 { // plan9 of all, wasm of two, wasm of one
		t.Fatalf("%d packages, want 3", len(packages))
	}
	if got, want := packages[0].Releases, []string{roots[0].Release, roots[1].Release}; !slices.Equal(got, want) {
		t.Errorf("plan9 stands for %v, want %v", got, want)
	}
	if packages[1].Hash == packages[2].Hash {
		t.Error("a changed file does not change the hash")
	}
}

func TestSbrkDecidesTheKindOfWasm(t *testing.T) {
	dir := copyRoot(t, "", "", "")
	// As it was before Go 1.24.
	const only = `package runtime

import "unsafe"

func sbrk(n uintptr) unsafe.Pointer {
	return unsafe.Pointer(uintptr(growMemory(int32(divRoundUp(n, physPageSize)))))
}

func growMemory(pages int32) int32
`
	if err := os.WriteFile(filepath.Join(dir, wasmFile), []byte(only), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Profiles(); !slices.Equal(got, []engine.Profile{engine.Plan9, engine.WasmGo121}) {
		t.Errorf("profiles %v", got)
	}
}

func TestNilCheckIsFound(t *testing.T) {
	const without = "func sysFreeOS(v unsafe.Pointer, n uintptr) {\n"
	const with = without + "\tif v == nil {\n\t\treturn\n\t}\n"
	packages, err := generate(t, copyRoot(t, sbrkFile, without, with))
	if err != nil || !packages[0].FreesNil {
		t.Errorf("a check for nil is not found: %v", err)
	}
	own, err := generate(t, copyRoot(t, sbrkFile, "v == nil", "v == unsafe.Pointer(nil)"))
	if err != nil || own[0].FreesNil {
		t.Errorf("a check for nil is found where there is none: %v", err)
	}
}

func TestReleasesSortByAge(t *testing.T) {
	names := []string{"go1.27.3", "devel", "go1.9", "go1.21.13", "go1.27rc1"}
	slices.SortFunc(names, compareReleases)
	if want := []string{"go1.9", "go1.21.13", "go1.27rc1", "go1.27.3", "devel"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}
