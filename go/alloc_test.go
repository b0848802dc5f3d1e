package gosbrk_test

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"unsafe"

	"gosbrk"
	"gosbrk/internal/way"
)

func TestAllocIsZeroedAndPageAligned(t *testing.T) {
	for _, p := range []gosbrk.Profile{gosbrk.ProfilePlan9, gosbrk.ProfileWasm, gosbrk.ProfileWasmGo121} {
		fresh(t, gosbrk.Config{Profile: p})
		page := int(p.PageSize())
		for _, n := range []int{1, page - 1, page, page + 1, 5 * page} {
			b, err := gosbrk.Alloc(n, "test")
			if err != nil {
				t.Fatalf("profile %d: Alloc(%d): %v", p, n, err)
			}
			whole := (n + page - 1) / page * page
			if len(b) != n || cap(b) != whole {
				t.Errorf("profile %d: Alloc(%d) has len %d, cap %d; want %d, %d", p, n, len(b), cap(b), n, whole)
			}
			if a := uintptr(unsafe.Pointer(&b[0])); a%uintptr(page) != 0 {
				t.Errorf("profile %d: Alloc(%d) = %#x, not page-aligned", p, n, a)
			}
			b = b[:cap(b)]
			if !bytes.Equal(b, make([]byte, len(b))) {
				t.Errorf("profile %d: Alloc(%d) is not zero", p, n)
			}
			for i := range b {
				b[i] = 0xa5 // what the next one must not see
			}
			if err := gosbrk.Free(b); err != nil {
				t.Errorf("profile %d: Free of %d bytes: %v", p, n, err)
			}
		}
		if err := gosbrk.MemCheck(); err != nil {
			t.Errorf("profile %d: MemCheck: %v", p, err)
		}
	}
}

// An unrounded free of the top region would go to the list; Free's goes back to
// the break.
func TestFreeOfTheTopLowersTheBreak(t *testing.T) {
	for _, p := range []gosbrk.Profile{gosbrk.ProfilePlan9, gosbrk.ProfileWasm} {
		fresh(t, gosbrk.Config{Profile: p})
		b := alloc(t, 100)
		if err := gosbrk.Free(b[:10]); err != nil {
			t.Fatal(err)
		}
		if gosbrk.Bloc() != gosbrk.Base() || len(gosbrk.AppendFreeList(nil)) != 0 {
			t.Errorf("profile %d: after Free bloc is +%#x and the list %v", p, gosbrk.Bloc()-gosbrk.Base(), gosbrk.AppendFreeList(nil))
		}
	}
}

func TestFreeOfLaterPagesKeepsTheFirst(t *testing.T) {
	fresh(t, gosbrk.Config{})
	b := alloc(t, 3*4096)
	alloc(t, 1) // so that b is not at the break
	b[0] = 1
	if err := gosbrk.Free(b[4096:]); err != nil {
		t.Fatal(err)
	}
	got := gosbrk.AppendFreeList(nil)
	if !slices.Equal(got, []gosbrk.Block{{Addr: gosbrk.Base() + 4096, Size: 8192}}) || b[0] != 1 {
		t.Errorf("free list %v, first byte %d", got, b[0])
	}
}

func TestFreeOfNothing(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{})
		for _, b := range [][]byte{nil, {}} {
			if err := w.Free(b); err != nil {
				t.Errorf("Free(%#v): %v", b, err)
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{Limit: 1 << 20})
		b := allocVia(t, w, 2*4096)
		allocVia(t, w, 4096)
		goMemory := make([]byte, 4096)
		for _, test := range []struct {
			name string
			call func() error
			want error
		}{
			{"Alloc(0)", func() error { return allocErrorVia(w, 0) }, gosbrk.ErrZero},
			{"Alloc(-1)", func() error { return allocErrorVia(w, -1) }, gosbrk.ErrOverflow},
			{"Alloc(MinInt)", func() error { return allocErrorVia(w, math.MinInt) }, gosbrk.ErrOverflow},
			{"Alloc(MaxInt)", func() error { return allocErrorVia(w, math.MaxInt) }, gosbrk.ErrNoMem},
			{"Alloc past the limit", func() error { return allocErrorVia(w, 1<<20+1) }, gosbrk.ErrNoMem},
			{"Free of Go memory", func() error { return w.Free(goMemory) }, gosbrk.ErrRange},
			{"Free of an unaligned slice", func() error { return w.Free(b[1:]) }, gosbrk.ErrUnaligned},
			{"Free past bloc", func() error { return w.Free(bytesAt(unsafe.Pointer(&b[0]), 4*4096)) }, gosbrk.ErrRange},
			{"Init with an unknown profile", func() error { return gosbrk.Init(gosbrk.Config{Profile: 77}) }, gosbrk.ErrConfig},
		} {
			bloc := gosbrk.Bloc()
			if err := test.call(); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
			if gosbrk.Bloc() != bloc || len(gosbrk.AppendFreeList(nil)) != 0 {
				t.Errorf("%s changed bloc or the list", test.name)
			}
		}
		if err := w.Free(b); err != nil {
			t.Fatalf("a correct Free after all that: %v", err)
		}
		if err := w.Free(b); !errors.Is(err, gosbrk.ErrDoubleFree) {
			t.Errorf("Free again: %v, want %v", err, gosbrk.ErrDoubleFree)
		}
	})
}

// A refusal that nobody asked about is not the error of the next Free.
func TestFreeForgetsOlderRefusals(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		fresh(t, gosbrk.Config{})
		b := allocVia(t, w, 1)
		w.SysAllocOS(0, "refused")
		if err := w.Free(b); err != nil {
			t.Errorf("a correct Free after a refused call: %v", err)
		}
	})
}

// The memory is nothing to the garbage collector: live, free or unmapped.
func TestGarbageCollectorLooksAway(t *testing.T) {
	fresh(t, gosbrk.Config{})
	live, freed := alloc(t, 1<<20), alloc(t, 1<<20)
	live[0] = 1
	if err := gosbrk.Free(freed); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	if live[0] != 1 {
		t.Error("the collector took live memory")
	}
	fresh(t, gosbrk.Config{Base: gosbrk.Base() + 1<<32}) // both point nowhere now
	runtime.GC()
	runtime.KeepAlive(live)
	runtime.KeepAlive(freed)
}

// The code is kept per thread and goroutines move between threads: each must get
// the error of its own call, and none for a correct one.
func TestConcurrentCallsGetTheirOwnErrors(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{})
		// Stopping the world again and again makes goroutines change threads often.
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
		done := make(chan struct{})
		defer close(done)
		go func() {
			for {
				select {
				case <-done:
					return
				default:
					runtime.GC()
				}
			}
		}()
		var wg sync.WaitGroup
		for g := range 16 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range 5000 {
					b, err := w.Alloc(1+(g*i)%20000, "concurrent")
					if err != nil {
						t.Errorf("Alloc: %v", err)
						return
					}
					for j := 0; j < len(b); j += 4096 {
						if b[j] != 0 {
							t.Errorf("page %d of a new slice belongs to somebody", j/4096)
							return
						}
						b[j] = byte(g + 1)
					}
					var got, want error
					switch i % 3 {
					case 0:
						got, want = allocErrorVia(w, 0), gosbrk.ErrZero
					case 1:
						got, want = w.Free(b[1:]), gosbrk.ErrUnaligned
					}
					if got != want {
						t.Errorf("error %v, want %v", got, want)
					}
					for j := 0; j < len(b); j += 4096 {
						if b[j] != byte(g+1) {
							t.Errorf("page %d was handed out twice", j/4096)
							return
						}
					}
					if err := w.Free(b); err != nil {
						t.Errorf("Free: %v", err)
					}
				}
			}()
		}
		wg.Wait()
		if s := gosbrk.Stats(); s.InUse != 0 {
			t.Errorf("%d bytes are still in use", s.InUse)
		}
		if err := gosbrk.MemCheck(); err != nil {
			t.Error(err)
		}
	})
}

func TestAllocAndFreeDoNotAllocateGoMemory(t *testing.T) {
	bothWays(t, func(t *testing.T, w *way.Calls) {
		fresh(t, gosbrk.Config{})
		n := testing.AllocsPerRun(100, func() {
			b, err := w.Alloc(4096, "no garbage")
			if err != nil {
				t.Fatal(err)
			}
			w.Free(b)
		})
		if n != 0 {
			t.Errorf("%v Go allocations for an Alloc and a Free", n)
		}
	})
}

func alloc(t *testing.T, n int) []byte {
	t.Helper()
	return allocVia(t, way.Cgo, n)
}

func allocVia(t *testing.T, w *way.Calls, n int) []byte {
	t.Helper()
	b, err := w.Alloc(n, "test")
	if err != nil {
		t.Fatalf("Alloc(%d): %v", n, err)
	}
	return b
}

func allocError(n int) error { return allocErrorVia(way.Cgo, n) }

func allocErrorVia(w *way.Calls, n int) error {
	_, err := w.Alloc(n, "refused")
	return err
}
