package gosbrk_test

import (
	"errors"
	"slices"
	"testing"
	"unsafe"

	"gosbrk"
)

// holes frees every second one of 2*n pages and returns the blocks they make.
func holes(t *testing.T, n int) []gosbrk.Block {
	t.Helper()
	v := gosbrk.SysAllocOS(uintptr(2*n)*4096, "test")
	if v == nil {
		t.Fatal("out of memory")
	}
	var list []gosbrk.Block
	for i := range n {
		p := unsafe.Add(v, 2*i*4096)
		gosbrk.SysFreeOS(p, 4096)
		list = append(list, gosbrk.Block{Addr: uintptr(p), Size: 4096})
	}
	return list
}

func TestFreeList(t *testing.T) {
	fresh(t, gosbrk.Config{})
	if got := gosbrk.AppendFreeList(nil); got != nil {
		t.Errorf("empty list: %v", got)
	}
	list := holes(t, 100)

	if got := gosbrk.AppendFreeList(nil); !slices.Equal(got, list) {
		t.Errorf("AppendFreeList(nil) = %v", got)
	}
	first := gosbrk.Block{Addr: 1, Size: 2}
	if got := gosbrk.AppendFreeList([]gosbrk.Block{first}); got[0] != first || !slices.Equal(got[1:], list) {
		t.Errorf("AppendFreeList of one block = %v", got)
	}
	if got := slices.Collect(gosbrk.FreeList()); !slices.Equal(got, list) {
		t.Errorf("FreeList() = %v", got)
	}
	for b := range gosbrk.FreeList() {
		if b != list[0] {
			t.Errorf("first block %v, want %v", b, list[0])
		}
		break
	}
	// It is a snapshot, so the body may allocate.
	var got []gosbrk.Block
	for b := range gosbrk.FreeList() {
		gosbrk.SysAllocOS(4096, "meanwhile")
		got = append(got, b)
	}
	if !slices.Equal(got, list) {
		t.Errorf("FreeList() with a body that allocates = %v", got)
	}
}

func TestAppendFreeListReusesStorage(t *testing.T) {
	fresh(t, gosbrk.Config{})
	list := holes(t, 10)
	dst := make([]gosbrk.Block, 0, len(list))
	n := testing.AllocsPerRun(100, func() {
		dst = gosbrk.AppendFreeList(dst[:0])
	})
	if n != 0 || !slices.Equal(dst, list) {
		t.Errorf("%v Go allocations, list %v", n, dst)
	}
}

func TestMemCheckSeesWritesAfterFree(t *testing.T) {
	for _, test := range []struct {
		name string
		off  uintptr // of the byte written to
		want error
	}{
		{"header", 0, gosbrk.ErrCorrupt},
		{"body", 16, gosbrk.ErrDirty},
		{"last byte", 4095, gosbrk.ErrDirty},
	} {
		fresh(t, gosbrk.Config{})
		block := holes(t, 2)[0]
		if err := gosbrk.MemCheck(); err != nil {
			t.Fatal(err)
		}
		b := bytesAt(at(block.Addr-gosbrk.Base()), 4096)
		b[test.off] ^= 1
		if err := gosbrk.MemCheck(); !errors.Is(err, test.want) {
			t.Errorf("%s: MemCheck() = %v, want %v", test.name, err, test.want)
		}
	}
}
