package lockstep

import (
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Each call here is misuse: Go hands out memory that is in use, destroys its list,
// faults, or loops on it. The library refuses it, for the reason given, and nothing
// changes. The codes are written out, as those of the boundary sweep are computed.
func TestMisuseIsRefused(t *testing.T) {
	// Two pages are held at 1, one is free at 3, two regions of one page are held at 4 and
	// 5, the break is at 6, where one page was, and blocMax at 8.
	for _, c := range []struct {
		name  string
		fault engine.Fault
		call  string
	}{
		{"nothing", engine.Zero, "alloc 0"},
		{"rounding wraps", engine.Overflow, "alloc 0xffffffffffffffff"},
		{"break would go down", engine.Overflow, "alloc 0xfffffffffffff000"},
		{"nothing", engine.Zero, "reserve nil 0"},
		{"nothing, at the break", engine.Zero, "reserve +0x6000 0"},
		{"break would go down", engine.Overflow, "reserve +0x6000 0xffffffffffffe000"},

		{"nothing, live", engine.Zero, "free +0x1000 0"},
		{"nothing, free", engine.Zero, "free +0x3000 0"},
		{"nothing, at the break", engine.Zero, "free +0x6000 0"},
		{"rounding wraps", engine.Overflow, "free +0x1000 0xffffffffffffffff"},
		{"wraps to the break", engine.Range, "free +0x7000 0xfffffffffffff000"},
		{"twice", engine.DoubleFree, "free +0x3000 4096"},
		{"twice, at the break", engine.DoubleFree, "free +0x6000 4096"},
		{"into a free block from below", engine.DoubleFree, "free +0x2000 8192"},
		{"into a free block from above", engine.DoubleFree, "free +0x3000 8192"},
		{"two regions", engine.Mismatch, "free +0x4000 4097"},
		{"two regions, up to the break", engine.Mismatch, "free +0x4000 8192"},
		{"part that is not whole pages", engine.Mismatch, "free +0x1000 2048"},
		{"between pages", engine.Unaligned, "free +0x1010 4096"},
		{"between pages, up to the break", engine.Unaligned, "free +0x5010 4080"},
		{"below the start", engine.Range, "free +0x0 4096"},
		{"above the break", engine.Range, "free +0x7000 4096"},
		{"across the break", engine.Range, "free +0x5000 8192"},
		{"never mapped", engine.Range, "free +0x100000000 4096"},

		{"nothing", engine.Zero, "reserve-aligned 0 4096"},
		{"alignment of 0", engine.Align, "reserve-aligned 4096 0"},
		{"alignment that is no power of two", engine.Align, "reserve-aligned 4096 12288"},
		{"not whole pages", engine.Unaligned, "reserve-aligned 2048 4096"},
		{"sum wraps", engine.Overflow, "reserve-aligned 0xffffffffffffc000 16384"},
		{"break would go down", engine.Overflow, "reserve-aligned 0xffffffffffffd000 4096"},
		{"alignment beyond the end", engine.Overflow, "reserve-aligned 0x8000000000000000 0x8000000000000000"},
	} {
		o, _, err := op.Parse(c.call)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(o.Kind.String()+" "+c.name, func(t *testing.T) {
			cfg := engine.Config{Start: 1, Initial: 8, Limit: 8}
			onStageOf(t, []engine.Profile{engine.Plan9}, cfg, func(s *stage) {
				s.alloc(2, 1)
				s.alloc(1, 3)
				s.alloc(1, 4)
				s.alloc(1, 5)
				s.alloc(1, 6)
				s.free(3, 1)
				s.free(6, 1)
				want := op.Result{}
				if o.Kind.Returns() {
					want.P = op.Nil
				}
				if s.err == nil {
					if got := s.r.judge(s.r.engines[0], o); got != c.fault {
						t.Errorf("%s is expected to be refused for %v, not for %v", c.call, got, c.fault)
					}
				}
				s.do(o, want)
				s.want(6, 8, [2]uint64{3, 1})
			})
		})
	}
}

// memory.grow takes 32 bits. A request for so many pages that they do not fit would grow
// by what is left of it and succeed.
func TestPagesThatDoNotFitMemoryGrowAreRefused(t *testing.T) {
	onStageOf(t, []engine.Profile{engine.Wasm, engine.WasmGo121}, engine.Config{Start: 1, Limit: 8}, func(s *stage) {
		for _, n := range []uint64{1 << 48, 1<<48 + s.page, 1 << 60} {
			s.do(op.Op{Kind: op.Alloc, N: n}, op.Result{P: op.Nil})
			if !s.r.refused {
				t.Errorf("%d bytes pass for a proper request", n)
			}
			s.want(1, 1)
		}
		s.alloc(1<<32-1, none) // these fit, and are refused for being too many
		if s.r.refused {
			t.Error("2^32-1 pages do not pass for a proper request")
		}
	})
}
