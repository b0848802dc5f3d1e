package gosbrk_test

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"unsafe"

	"gosbrk"
	"gosbrk/internal/way"
)

// The placement rules of mem_sbrk.go, through every function that places.
func TestSysPlacement(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{})
		want(t, "first alloc", w.SysAllocOS(0x4000, "heap"), 0)
		want(t, "second alloc", w.SysAllocOS(0x1001, ""), 0x4000)
		w.SysFreeOS(at(0), 0x4000)
		want(t, "tail of the free block", w.SysAllocOS(1, "x"), 0x3000)
		want(t, "reserve(nil), from the same block", w.SysReserveOS(nil, 0x1000, "r"), 0x2000)
		want(t, "reserve(bloc), past the block", w.SysReserveOS(at(0x6000), 0x2000, "r"), 0x6000)
		if p := w.SysReserveOS(at(0x1000), 0x1000, "r"); p != nil {
			t.Errorf("reserve with a hint that is not bloc = %p, want nil", p)
		}
		p, n := w.SysReserveAlignedSbrk(0x4000, 0x4000)
		want(t, "aligned reserve", p, 0x8000)
		if n != 0x4000 {
			t.Errorf("aligned reserve of 0x4000 gave %#x", n)
		}
		w.SysFreeOS(nil, 0x1000)
		w.SysFreeOS(at(0x8000), 0x4000)
		if b := gosbrk.Bloc() - gosbrk.Base(); b != 0x8000 {
			t.Errorf("bloc is +%#x after a free of the top, want +0x8000", b)
		}
		if b := gosbrk.BlocMax() - gosbrk.Base(); b != 0xc000 {
			t.Errorf("blocMax is +%#x, want +0xc000: it never goes down", b)
		}
		if err := gosbrk.MemCheck(); err != nil {
			t.Error(err)
		}
	})
}

// The number reserved is the library's, not the size asked for: nothing when it
// is refused, and more before Go 1.24 when the first try was aligned by chance.
func TestSysReserveAlignedSbrkSaysHowMuch(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{Profile: gosbrk.ProfileWasmGo121})
		const size, align = 0x20000, 0x10000
		p, n := w.SysReserveAlignedSbrk(size, align)
		want(t, "aligned by chance", p, 0)
		if n != size+align {
			t.Errorf("aligned by chance: %#x bytes, want size+align, %#x", n, uintptr(size+align))
		}
		if p, n := w.SysReserveAlignedSbrk(size, 3); p != nil || n != 0 {
			t.Errorf("refused: %p and %#x bytes, want nil and 0", p, n)
		}
	})
}

func TestSysMisuseSetsLastError(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		fresh(t, gosbrk.Config{})
		v := w.SysAllocOS(0x2000, "test")
		for _, test := range []struct {
			name string
			call func()
			want error
		}{
			{"alloc 0", func() { w.SysAllocOS(0, "") }, gosbrk.ErrZero},
			{"alloc that wraps", func() { w.SysAllocOS(^uintptr(0), "") }, gosbrk.ErrOverflow},
			{"alloc of 2^60", func() { w.SysAllocOS(1<<60, "") }, gosbrk.ErrNoMem},
			{"free 0", func() { w.SysFreeOS(v, 0) }, gosbrk.ErrZero},
			{"free unaligned", func() { w.SysFreeOS(unsafe.Add(v, 8), 0x1000) }, gosbrk.ErrUnaligned},
			{"free above bloc", func() { w.SysFreeOS(at(0x100000), 0x1000) }, gosbrk.ErrRange},
			{"reserve 0", func() { w.SysReserveOS(nil, 0, "") }, gosbrk.ErrZero},
			{"align 0", func() { w.SysReserveAlignedSbrk(0x1000, 0) }, gosbrk.ErrAlign},
			{"align 3 pages", func() { w.SysReserveAlignedSbrk(0x1000, 0x3000) }, gosbrk.ErrAlign},
			{"aligned size unrounded", func() { w.SysReserveAlignedSbrk(0x1001, 0x1000) }, gosbrk.ErrUnaligned},
			{"free nil", func() { w.SysFreeOS(nil, 0x1000) }, nil},
			{"a hint not followed", func() { w.SysReserveOS(v, 0x1000, "") }, nil},
		} {
			test.call()
			if err := gosbrk.LastError(); err != test.want {
				t.Errorf("%s: LastError() = %v, want %v", test.name, err, test.want)
			}
			if err := gosbrk.LastError(); err != nil {
				t.Errorf("%s: LastError() again = %v, want nil", test.name, err)
			}
		}
	})
}

// Under AdviceGo the hints change nothing at all.
func TestHintsDoNothing(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{})
		v := w.SysAllocOS(0x4000, "test")
		b := bytesAt(v, 0x4000)
		for i := range b {
			b[i] = byte(i)
		}
		before := bytes.Clone(b)
		hintAll(w, v, 0x4000)
		if !bytes.Equal(b, before) {
			t.Error("a hint changed the memory")
		}
		if !w.NeedZeroAfterSysUnusedOS() {
			t.Error("NeedZeroAfterSysUnusedOS() = false, want true")
		}
	})
}

// Under AdviceOS they reach the kernel.
func TestHintsReachTheKernel(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{Advice: gosbrk.AdviceOS})
		v := w.SysAllocOS(0x4000, "test")
		b := bytesAt(v, 0x4000)
		b[0] = 1
		w.SysUnusedOS(v, 0x4000)
		w.SysUsedOS(v, 0x4000)
		if b[0] != 0 {
			t.Error("memory keeps its contents after SysUnusedOS")
		}
		if w.NeedZeroAfterSysUnusedOS() {
			t.Error("NeedZeroAfterSysUnusedOS() = true, want false")
		}
		w.SysFaultOS(v, 0x4000)
		if !faults(func() { b[0] = 2 }) {
			t.Fatal("memory can be written to after SysFaultOS")
		}
		w.SysMapOS(v, 0x4000, "test")
		w.SysUsedOS(v, 0x4000)
		if faults(func() { b[0] = 3 }) {
			t.Fatal("memory faults after SysMapOS and SysUsedOS")
		}
		w.SysHugePageOS(v, 0x4000)
		w.SysHugePageCollapseOS(v, 0x4000)
		w.SysNoHugePageOS(v, 0x4000)
		if b[0] != 3 {
			t.Error("advice on huge pages changed the memory")
		}
	})
}

// The compiler puts a call's escaping arguments on the heap, and a copied name
// too: a long name that is no constant shows both.
func TestSysCallsDoNotAllocateGoMemory(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{})
		name := strings.Repeat("a name that is not a constant ", len(os.Args))
		n := testing.AllocsPerRun(100, func() {
			v := w.SysAllocOS(0x2000, name)
			hintAll(w, v, 0x2000)
			w.SysFreeOS(v, 0x2000)
			v = w.SysReserveOS(nil, 0x1000, name)
			w.SysFreeOS(v, 0x1000)
			v, size := w.SysReserveAlignedSbrk(0x2000, 0x2000)
			w.SysFreeOS(v, size)
		})
		if n != 0 {
			t.Errorf("%v Go allocations per round, want 0", n)
		}
	})
}

func hintAll(w *way.Calls, v unsafe.Pointer, n uintptr) {
	w.SysMapOS(v, n, "hint")
	w.SysUnusedOS(v, n)
	w.SysUsedOS(v, n)
	w.SysHugePageOS(v, n)
	w.SysNoHugePageOS(v, n)
	w.SysHugePageCollapseOS(v, n)
	w.SysFaultOS(v, n)
}

// faults reports whether f touches memory that is not there.
func faults(f func()) (fault bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			_ = r.(runtime.Error)
			fault = true
		}
	}()
	f()
	return false
}
