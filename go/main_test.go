package gosbrk_test

import (
	"fmt"
	"os"
	"testing"
	"unsafe"

	"gosbrk"
	"gosbrk/internal/way"
)

// childEnv names, in a child process, the function of children it is to run.
const childEnv = "GOSBRK_TEST_CHILD"

// children are what tests run in a process of its own because it ends there.
var children = map[string]func(){}

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		run, ok := children[name]
		if !ok {
			fmt.Fprintln(os.Stderr, "no such child:", name)
			os.Exit(2)
		}
		run()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fresh gives the test an empty segment, with misuse reported, and the next test
// the default.
func fresh(t testing.TB, cfg gosbrk.Config) {
	t.Helper()
	cfg.Misuse = gosbrk.MisuseReport
	if err := gosbrk.Init(cfg); err != nil {
		t.Fatalf("Init(%+v): %v", cfg, err)
	}
	t.Cleanup(func() {
		if err := gosbrk.Init(gosbrk.DefaultConfig()); err != nil {
			t.Errorf("Init(DefaultConfig()): %v", err)
		}
	})
}

// bothWays runs a test with the package's functions, and with Direct's methods.
func bothWays(t *testing.T, test func(t *testing.T, w *way.Calls)) {
	for _, w := range []*way.Calls{way.Cgo, way.Direct} {
		t.Run(w.Name, func(t *testing.T) { test(t, w) })
	}
}

// at is the address of an offset from the segment's base.
func at(off uintptr) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(nil), gosbrk.Base()+off)
}

// bytesAt is memory of the segment as a slice.
func bytesAt(p unsafe.Pointer, n int) []byte {
	return unsafe.Slice((*byte)(p), n)
}

// want fails the test unless p is the address of that offset.
func want(t *testing.T, what string, p unsafe.Pointer, off uintptr) {
	t.Helper()
	if p != at(off) {
		t.Fatalf("%s = %p, want %p (base+%#x)", what, p, at(off), off)
	}
}
