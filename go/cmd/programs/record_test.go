package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRow(t *testing.T) {
	pairs := []pair{{1, 1.01}, {2, 2.1}, {1, 1.02}, {1.1, 1.1}}
	want := "| hello | 1.050 | 1.000 to 1.100 | 1.5 | 1.0 to 2.0 | 10 | 1,000,000 | 6.38 |"
	if got := row("hello", pairs, 10, 1_000_000, costs{call: 65, process: 200}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = "| hello | 1.000 | 1.000 to 1.000 | 1.0 | 1.0 to 1.0 | 1 | 9 | - |"
	if got := row("hello", pairs[:1], 1, 9, costs{call: 65}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Of two traces one ends at a slot that was not written. A name is no call.
func TestCounts(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := counts(dir); err == nil {
		t.Error("there are calls where nothing was recorded")
	}
	write := func(name string, kinds ...byte) {
		text := make([]byte, traceHeader+traceSlot*(len(kinds)+1))
		for i, kind := range kinds {
			slot := text[traceHeader+traceSlot*i:]
			if kind != 0 {
				slot[0], slot[4] = 1, kind
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("1", 1, 32, 11, 12)
	write("2", 7, 0, 7)
	if traces, calls, err := counts(dir); traces != 2 || calls != 3 || err != nil {
		t.Errorf("counts = %d, %d, %v", traces, calls, err)
	}
}
