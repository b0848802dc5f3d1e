package lockstep

import (
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Each call here is misuse: Go hands out memory that is in use, destroys its list, faults, or loops on it. The library refuses it,
// for the reason given, and nothing changes. The codes are written out, as those of the boundary sweep are computed.
func TestMisuseIsRefused(t *testing.T) {
	const huge = 1<<64 - 1
	// Two pages are held at 1, one is free at 3, two regions of one page are held at 4 and 5, the break is at 6, where one page was,
	// and blocMax at 8.
	for _, c := range []struct {
		name  string
		fault engine.Fault
		op    func(s *stage) op.Op
	}{
		{"alloc of nothing", engine.Zero, func(*stage) op.Op { return op.Op{Kind: op.Alloc} }},
		{"alloc whose rounding wraps", engine.Overflow, func(*stage) op.Op { return op.Op{Kind: op.Alloc, N: huge} }},
		{"alloc that moves the break down", engine.Overflow, func(s *stage) op.Op { return op.Op{Kind: op.Alloc, N: -s.page} }},
		{"reserve of nothing", engine.Zero, func(*stage) op.Op { return op.Op{Kind: op.Reserve, V: op.Nil} }},
		{"reserve of nothing at the break", engine.Zero, func(s *stage) op.Op { return op.Op{Kind: op.Reserve, V: s.at(6)} }},
		{"reserve at the break that moves it down", engine.Overflow, func(s *stage) op.Op { return op.Op{Kind: op.Reserve, V: s.at(6), N: -(2 * s.page)} }},

		{"free of nothing, live", engine.Zero, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(1)} }},
		{"free of nothing, free", engine.Zero, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(3)} }},
		{"free of nothing at the break", engine.Zero, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(6)} }},
		{"free whose rounding wraps", engine.Overflow, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(1), N: huge} }},
		{"free that wraps to the break", engine.Range, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(7), N: -s.page} }},
		{"double free", engine.DoubleFree, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(3), N: s.page} }},
		{"double free of the top", engine.DoubleFree, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(6), N: s.page} }},
		{"free of two regions", engine.Mismatch, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(4), N: s.page + 1} }},
		{"free of two regions up to the break", engine.Mismatch, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(4), N: 2 * s.page} }},
		{"free of a part that is not whole pages", engine.Mismatch, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(1), N: s.page / 2} }},
		{"free into a free block from below", engine.DoubleFree, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(2), N: 2 * s.page} }},
		{"free into a free block from above", engine.DoubleFree, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(3), N: 2 * s.page} }},
		{"free between pages", engine.Unaligned, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(1) + 16, N: s.page} }},
		{"free between pages up to the break", engine.Unaligned, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(5) + 16, N: s.page - 16} }},
		{"free below the start", engine.Range, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: 0, N: s.page} }},
		{"free above the break", engine.Range, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(7), N: s.page} }},
		{"free across the break", engine.Range, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(5), N: 2 * s.page} }},
		{"free of what was never mapped", engine.Range, func(s *stage) op.Op { return op.Op{Kind: op.Free, V: s.at(1 << 20), N: s.page} }},

		{"aligned by 0", engine.Align, func(s *stage) op.Op { return op.Op{Kind: op.ReserveAligned, N: s.page} }},
		{"aligned by what is no power of two", engine.Align, func(s *stage) op.Op { return op.Op{Kind: op.ReserveAligned, N: s.page, Align: 3 * s.page} }},
		{"aligned reserve of half a page", engine.Unaligned, func(s *stage) op.Op { return op.Op{Kind: op.ReserveAligned, N: s.page / 2, Align: s.page} }},
		{"aligned reserve of nothing", engine.Zero, func(s *stage) op.Op { return op.Op{Kind: op.ReserveAligned, Align: s.page} }},
		{"aligned reserve whose sum wraps", engine.Overflow, func(s *stage) op.Op { return op.Op{Kind: op.ReserveAligned, N: -(4 * s.page), Align: 4 * s.page} }},
		{"aligned reserve that moves the break down", engine.Overflow, func(s *stage) op.Op { return op.Op{Kind: op.ReserveAligned, N: -(3 * s.page), Align: s.page} }},
		{"aligned by all there is", engine.Overflow, func(s *stage) op.Op { return op.Op{Kind: op.ReserveAligned, N: 1 << 63, Align: 1 << 63} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStageOf(t, []engine.Profile{engine.Plan9, engine.Wasm}, engine.Config{Start: 1, Initial: 8, Limit: 8}, func(s *stage) {
				s.alloc(2, 1)
				s.alloc(1, 3)
				s.alloc(1, 4)
				s.alloc(1, 5)
				s.alloc(1, 6)
				s.free(3, 1)
				s.free(6, 1)
				o := c.op(s)
				if s.err != nil || !engine.Takes(s.r.engines[1], o) {
					return
				}
				want := op.Result{}
				if o.Kind.Returns() {
					want.P = op.Nil
				}
				s.do(o, want)
				s.want(6, 8, [2]uint64{3, 1})
				if !s.r.refused {
					t.Errorf("%v passes for a proper call", o)
				}
				for i, e := range s.r.engines {
					if got := s.r.judge(e, o); e.Name() == "port" && got != c.fault {
						t.Errorf("%v: %v is expected of engine %d, not %v", o, got, i, c.fault)
					}
				}
			})
		})
	}
}

// memory.grow takes 32 bits. A request for so many pages that they do not fit would grow by what is left of it and succeed.
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
