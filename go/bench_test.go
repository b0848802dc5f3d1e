package gosbrk_test

import (
	"testing"

	"gosbrk"
)

// What a call costs, the way into the library and back included: through cgo, and called
// directly.

var sbrk gosbrk.Direct

// A call that does nothing in the library but take the lock.
func BenchmarkNeedZero(b *testing.B) {
	fresh(b, gosbrk.Config{})
	b.Run("cgo", func(b *testing.B) {
		for b.Loop() {
			gosbrk.NeedZeroAfterSysUnusedOS()
		}
	})
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			sbrk.NeedZeroAfterSysUnusedOS()
		}
	})
}

func BenchmarkSysAllocFree(b *testing.B) {
	fresh(b, gosbrk.Config{})
	b.Run("cgo", func(b *testing.B) {
		for b.Loop() {
			gosbrk.SysFreeOS(gosbrk.SysAllocOS(4096, "benchmark"), 4096)
		}
	})
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			sbrk.SysFreeOS(sbrk.SysAllocOS(4096, "benchmark"), 4096)
		}
	})
}

func BenchmarkAllocFree(b *testing.B) {
	fresh(b, gosbrk.Config{})
	b.Run("cgo", func(b *testing.B) {
		for b.Loop() {
			p, err := gosbrk.Alloc(4096, "benchmark")
			if err != nil {
				b.Fatal(err)
			}
			gosbrk.Free(p)
		}
	})
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			p, err := sbrk.Alloc(4096, "benchmark")
			if err != nil {
				b.Fatal(err)
			}
			sbrk.Free(p)
		}
	})
}
