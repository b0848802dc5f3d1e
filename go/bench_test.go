package gosbrk_test

import (
	"testing"

	"gosbrk"
)

// What a call costs, the way into C and back included.

func BenchmarkAllocFree(b *testing.B) {
	fresh(b, gosbrk.Config{})
	for b.Loop() {
		p, err := gosbrk.Alloc(4096, "benchmark")
		if err != nil {
			b.Fatal(err)
		}
		gosbrk.Free(p)
	}
}

func BenchmarkSysAllocFree(b *testing.B) {
	fresh(b, gosbrk.Config{})
	for b.Loop() {
		gosbrk.SysFreeOS(gosbrk.SysAllocOS(4096, "benchmark"), 4096)
	}
}

// A call that does nothing in the library but take the lock.
func BenchmarkBloc(b *testing.B) {
	fresh(b, gosbrk.Config{})
	for b.Loop() {
		gosbrk.Bloc()
	}
}
