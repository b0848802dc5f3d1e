package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// A module without anything in it runs, with a cache and where there can be none.
func TestRunWithoutCache(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "empty.wasm")
	if err := os.WriteFile(program, []byte("\x00asm\x01\x00\x00\x00"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, cache := range []string{"", filepath.Join(dir, "cache"), filepath.Join(program, "cache")} {
		if err := run(context.Background(), cache, program, []string{program}); err != nil {
			t.Errorf("with the cache %q: %v", cache, err)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "cache")); err != nil || len(entries) == 0 {
		t.Errorf("the cache has %v, %v", entries, err)
	}
	if err := os.WriteFile(program, []byte("no module"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), "", program, []string{program}); err == nil {
		t.Error("what is no module runs")
	}
}
