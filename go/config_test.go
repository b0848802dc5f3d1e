package gosbrk_test

import (
	"testing"
	"unsafe"

	"gosbrk"
)

func TestTheZeroConfigIsTheDefault(t *testing.T) {
	if c := gosbrk.DefaultConfig(); c != (gosbrk.Config{}) {
		t.Errorf("DefaultConfig() = %+v, want all zero", c)
	}
}

func TestInitTakesEveryField(t *testing.T) {
	const base = 0x5a0000000000
	fresh(t, gosbrk.Config{
		Profile: gosbrk.ProfileWasm,
		Base:    base,
		Start:   0x10001, // rounded up to a page
		Initial: 0x40000,
		Limit:   0x60000,
	})
	if got := gosbrk.Base(); got != base {
		t.Errorf("Base() = %#x, want %#x", got, uintptr(base))
	}
	if got := gosbrk.Bloc() - base; got != 0x20000 {
		t.Errorf("bloc is +%#x, want +0x20000", got)
	}
	if got := gosbrk.BlocMax() - base; got != 0x40000 {
		t.Errorf("blocMax is +%#x, want +0x40000", got)
	}
	if p := gosbrk.SysAllocOS(0x40001, ""); p != nil {
		t.Errorf("alloc past the limit = %p, want nil", p)
	}
	want(t, "alloc up to the limit", gosbrk.SysAllocOS(0x40000, ""), 0x20000)
}

func TestInitStartsAfresh(t *testing.T) {
	fresh(t, gosbrk.Config{})
	alloc(t, 1<<20)[0] = 1
	fresh(t, gosbrk.Config{})
	if gosbrk.Bloc() != gosbrk.Base() || gosbrk.Stats().InUse != 0 {
		t.Errorf("bloc is +%#x, %d bytes in use", gosbrk.Bloc()-gosbrk.Base(), gosbrk.Stats().InUse)
	}
	if b := alloc(t, 1); b[0] != 0 {
		t.Error("memory of the old segment shows")
	}
}

func TestInitRefusesNonsenseAndChangesNothing(t *testing.T) {
	fresh(t, gosbrk.Config{})
	gosbrk.SysAllocOS(4096, "")
	for _, c := range []gosbrk.Config{
		{Profile: 9}, {Advice: 9}, {Misuse: 9}, {Check: 9}, {Base: 1}, {Limit: 4096, Start: 8192},
	} {
		if err := gosbrk.Init(c); err != gosbrk.ErrConfig {
			t.Errorf("Init(%+v) = %v, want %v", c, err, gosbrk.ErrConfig)
		}
		if n := gosbrk.Stats().InUse; n != 4096 {
			t.Fatalf("after Init(%+v) failed, %d bytes are in use, want the 4096 from before", c, n)
		}
	}
}

// Full checking finds the write after free when the memory would be handed out.
func TestCheckFull(t *testing.T) {
	fresh(t, gosbrk.Config{Check: gosbrk.CheckFull})
	b := alloc(t, 4096)
	alloc(t, 1)
	if err := gosbrk.Free(b); err != nil {
		t.Fatal(err)
	}
	b[100] = 1
	if err := allocError(4096); err != gosbrk.ErrDirty {
		t.Errorf("Alloc of dirty memory: %v, want %v", err, gosbrk.ErrDirty)
	}
}

// A base that is taken is not the caller's mistake, and the next call works.
func TestInitWhereSomethingIsMapped(t *testing.T) {
	fresh(t, gosbrk.Config{})
	taken := uintptr(unsafe.Pointer(unsafe.StringData(gosbrk.Version))) &^ 4095
	if err := gosbrk.Init(gosbrk.Config{Base: taken}); err != gosbrk.ErrForeignBreak {
		t.Errorf("Init on top of the program's data: %v, want %v", err, gosbrk.ErrForeignBreak)
	}
	if _, err := gosbrk.Alloc(1, ""); err != nil {
		t.Errorf("Alloc after a failed Init: %v", err)
	}
}
