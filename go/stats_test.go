package gosbrk_test

import (
	"strings"
	"testing"

	"gosbrk"
)

func TestStats(t *testing.T) {
	fresh(t, gosbrk.Config{})
	if s := gosbrk.Stats(); s.InUse != 0 || s.Free != 0 || s.Growths != 0 || s.Refusals != 0 || len(s.ByName) != 0 {
		t.Errorf("fresh: %+v", s)
	}
	a := alloc(t, 3*4096)
	a[0] = 1
	alloc(t, 4096)
	if err := gosbrk.Free(a); err != nil {
		t.Fatal(err)
	}
	allocError(0)

	s := gosbrk.Stats()
	if s.InUse != 4096 || s.Free != 3*4096 || s.FreeBlocks != 1 || s.HighWater != 4*4096 || s.Refusals != 1 {
		t.Errorf("%+v", s)
	}
	if s.Growths == 0 || s.Resident == 0 || s.Resident%4096 != 0 {
		t.Errorf("growths %d, resident %d", s.Growths, s.Resident)
	}
	if len(s.ByName) != 1 || s.ByName[0] != (gosbrk.NameStatistics{Name: "test", Calls: 2, Bytes: 4 * 4096}) {
		t.Errorf("by name: %+v", s.ByName)
	}
}

func TestStatsKeepTheBeginningOfALongName(t *testing.T) {
	fresh(t, gosbrk.Config{})
	name := strings.Repeat("0123456789", 10)
	gosbrk.SysAllocOS(1, name)
	s := gosbrk.Stats()
	if len(s.ByName) != 1 || len(s.ByName[0].Name) < 32 || !strings.HasPrefix(name, s.ByName[0].Name) {
		t.Errorf("by name: %+v", s.ByName)
	}
}

// More names than the library has room for must not be lost from the totals.
func TestStatsWithManyNames(t *testing.T) {
	fresh(t, gosbrk.Config{})
	const n = 100
	for i := range n {
		gosbrk.SysAllocOS(4096, strings.Repeat("x", 1+i%30)+string(rune('A'+i%26)))
	}
	s := gosbrk.Stats()
	var calls, size uint64
	for _, b := range s.ByName {
		calls += b.Calls
		size += b.Bytes
	}
	if calls != n || size != n*4096 || s.InUse != n*4096 {
		t.Errorf("%d calls and %d bytes by name, %d in use; want %d and %d", calls, size, s.InUse, n, n*4096)
	}
}
