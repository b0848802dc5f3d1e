package gowasm

import (
	"strings"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/oracle"
)

func TestProfileOfVersion(t *testing.T) {
	for version, want := range map[string]engine.Profile{
		"go1.21.13": engine.WasmGo121,
		"go1.23rc1": engine.WasmGo121,
		"go1.24":    engine.Wasm,
		"go1.27.3":  engine.Wasm,
		"devel go1.28-0123456789 Mon Nov 23 00:00:00 2026 +0000": engine.Wasm,
		"devel": engine.Wasm,
	} {
		if got := (&Root{Version: version}).Profile(); got != want {
			t.Errorf("%q has profile %s, should have %s", version, got, want)
		}
	}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("of a folder that is no Go root Open says: %v", err)
	}
}

// What does not compile is an error with the compiler's words in it, and a change that fails names its file.
func TestBuildErrors(t *testing.T) {
	dir, err := oracle.OwnRoot()
	if err != nil {
		t.Fatal(err)
	}
	root, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	guests, err := Guests()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.Build(guests, "./missing"); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("of a package that is not there Build says: %v", err)
	}
	broken := func([]byte) ([]byte, error) { return []byte("package runtime\nvar broken = \n"), nil }
	if _, err := root.BuildChanged(guests, "./json", map[string]Change{"src/runtime/mem_sbrk.go": broken}); err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("of a change that does not compile BuildChanged says: %v", err)
	}
	if _, err := root.BuildChanged(guests, "./json", map[string]Change{"src/runtime/missing.go": broken}); err == nil || !strings.Contains(err.Error(), "missing.go") {
		t.Errorf("of a file that is not there BuildChanged says: %v", err)
	}
}
