package lockstep

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// Each test here pins one thing that the memory layer does on input that real programs
// give it, and that an allocator would not do by itself. It is pinned in every engine:
// the library, Go's source of every release, and the model. Sizes and addresses are in
// pages.

// stage is a segment in a test. It keeps the first thing that goes wrong and does nothing
// after that, as a test cannot be ended from the thread that the engines run on.
type stage struct {
	r    *Runner
	page uint64
	err  error
}

// errLacks is what goes wrong with a call that one of the engines does not have.
var errLacks = errors.New("one of the engines lacks a call")

// size is so many pages, in bytes.
func (s *stage) size(pages uint64) uint64 { return pages * s.page }

// at is the address of a page; none is nil.
func (s *stage) at(page uint64) op.Ptr {
	if page == none {
		return op.Nil
	}
	return op.Ptr(page * s.page)
}

// none is what a call returns that gets nothing.
const none = ^uint64(0)

// do makes a call, and wants this result.
func (s *stage) do(o op.Op, want op.Result) {
	switch {
	case s.err != nil:
	case !s.r.Makes(o):
		s.err = fmt.Errorf("%w: %v", errLacks, o)
	default:
		s.err = s.r.Step(o)
		if got := s.r.results[0]; s.err == nil && got != want {
			s.err = fmt.Errorf("%v -> %s, want %s", o, got.Format(o.Kind), want.Format(o.Kind))
		}
	}
}

// alloc allocates pages, and wants them at page want.
func (s *stage) alloc(pages, want uint64) {
	s.do(op.Op{Kind: op.Alloc, N: s.size(pages)}, op.Result{P: s.at(want)})
}

// reserve reserves pages at page v, and wants them at page want.
func (s *stage) reserve(v, pages, want uint64) {
	s.do(op.Op{Kind: op.Reserve, V: s.at(v), N: s.size(pages)}, op.Result{P: s.at(want)})
}

// aligned reserves pages at a multiple of align bytes, and wants them at page want, and
// as many.
func (s *stage) aligned(pages, align, want uint64) {
	r := op.Result{P: s.at(want), N: s.size(pages)}
	if want == none {
		r.N = 0
	}
	s.do(op.Op{Kind: op.ReserveAligned, N: s.size(pages), Align: align}, r)
}

// free frees pages at page v.
func (s *stage) free(v, pages uint64) {
	s.do(op.Op{Kind: op.Free, V: s.at(v), N: s.size(pages)}, op.Result{})
}

// freeBytes frees bytes at page v.
func (s *stage) freeBytes(v, n uint64) {
	s.do(op.Op{Kind: op.Free, V: s.at(v), N: n}, op.Result{})
}

// want wants the break at page bloc, its highest at page blocMax, and these free blocks,
// each as page and number of pages.
func (s *stage) want(bloc, blocMax uint64, free ...[2]uint64) {
	got := s.r.State()
	want := engine.State{Bloc: s.size(bloc), BlocMax: s.size(blocMax)}
	for _, f := range free {
		want.Free = append(want.Free, engine.Block{Addr: s.size(f[0]), Size: s.size(f[1])})
	}
	if s.err == nil && (got.Bloc != want.Bloc || got.BlocMax != want.BlocMax || !slices.Equal(got.Free, want.Free)) {
		s.err = fmt.Errorf("after %v the state is\n    %s, want\n    %s", s.r.ops[max(len(s.r.ops)-1, 0):], describe(got), describe(&want))
	}
}

// onStage runs a test in a fresh segment that starts at page 0 and can have so many
// pages, with every source of the profiles that move bloc.
func onStage(t *testing.T, limit uint64, test func(*stage)) {
	t.Helper()
	onStageOf(t, []engine.Profile{engine.Plan9, engine.Wasm}, engine.Config{Limit: limit}, test)
}

// onStageOf runs a test with every source of these profiles. The configuration is in
// pages.
func onStageOf(t *testing.T, profiles []engine.Profile, cfg engine.Config, test func(*stage)) {
	t.Helper()
	eachSource(t, profiles, func(t *testing.T, r *Runner, s *oracle.Source) {
		page := s.Profile.PageSize()
		c := engine.Config{Profile: s.Profile, Start: cfg.Start * page, Initial: cfg.Initial * page, Limit: cfg.Limit * page}
		err := r.Guard(Patience, func() error {
			if err := r.Start(c); err != nil {
				return err
			}
			st := &stage{r: r, page: page}
			test(st)
			return st.err
		})
		if errors.Is(err, errLacks) {
			t.Skip(err)
		}
		must(t, r, err)
	})
}

func TestAllocTooBigGivesNilAndChangesNothing(t *testing.T) {
	onStage(t, 4, func(s *stage) {
		s.alloc(1, 0)
		s.alloc(2, 1)
		s.free(0, 1)
		for _, pages := range []uint64{2, 3, 5, 1 << 20, 1 << 30} {
			s.alloc(pages, none)
			s.reserve(none, pages, none)
			s.want(3, 3, [2]uint64{0, 1})
		}
		s.alloc(1, 0)
	})
}

func TestFreeOfNilDoesNothing(t *testing.T) {
	onStage(t, 4, func(s *stage) {
		s.alloc(2, 0)
		s.free(0, 1)
		for _, n := range []uint64{0, 1, s.page, 1 << 40, 1<<64 - 1} {
			s.do(op.Op{Kind: op.Free, V: op.Nil, N: n}, op.Result{})
			s.want(2, 2, [2]uint64{0, 1})
		}
	})
}

func TestFreeOfAPartLeavesTheRest(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(7, 0)
		s.alloc(1, 7)
		s.free(2, 1) // from the middle
		s.want(8, 8, [2]uint64{2, 1})
		s.free(0, 1) // the front
		s.want(8, 8, [2]uint64{0, 1}, [2]uint64{2, 1})
		s.freeBytes(5, 2*s.page-1) // the back, not in whole pages
		s.want(8, 8, [2]uint64{0, 1}, [2]uint64{2, 1}, [2]uint64{5, 2})
		s.free(3, 2) // all that there is between two blocks
		s.want(8, 8, [2]uint64{0, 1}, [2]uint64{2, 5})
	})
}

func TestFreeOfAPartAtTheBreakLowersIt(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(4, 0)
		s.free(2, 2)
		s.want(2, 4)
		s.alloc(1, 2)
	})
}

func TestUnroundedFreeAtTheBreakGoesToTheList(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(1, 0)
		s.do(op.Op{Kind: op.Alloc, N: 2*s.page - 100}, op.Result{P: s.at(1)})
		s.freeBytes(1, 2*s.page-100)
		s.want(3, 3, [2]uint64{1, 2})
	})
}

func TestFreeingTheTopLeavesTheBlockBelowItListed(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(1, 0)
		s.alloc(1, 1)
		s.alloc(1, 2)
		s.free(1, 1)
		s.free(2, 1)
		s.want(2, 3, [2]uint64{1, 1}) // the block ends at the break
		s.alloc(2, 2)                 // and is no part of what comes from there
		s.want(4, 4, [2]uint64{1, 1})
	})
}

func TestFreeingTopDownLeavesNoBlock(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(1, 0)
		s.alloc(1, 1)
		s.alloc(1, 2)
		s.free(2, 1)
		s.free(1, 1)
		s.want(1, 3)
	})
}

func TestGrowingDoesNotUseTheBlockAtTheBreak(t *testing.T) {
	onStage(t, 16, func(s *stage) {
		s.alloc(3, 0)
		s.freeBytes(2, s.page-1)
		s.alloc(2, 3)
		s.want(5, 5, [2]uint64{2, 1})
		s.freeBytes(4, s.page-1)
		s.reserve(5, 1, 5)
		s.want(6, 6, [2]uint64{2, 1}, [2]uint64{4, 1})
	})
}

func TestAlignedReserveDoesNotUseTheBlockAtTheBreak(t *testing.T) {
	onStage(t, 16, func(s *stage) {
		s.alloc(4, 0)
		s.freeBytes(2, 2*s.page-1)
		s.aligned(2, 2*s.page, 4)
		s.want(6, 6, [2]uint64{2, 2})
	})
}

func TestReserveAtTheBreakExtendsIt(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(4, 0)
		s.free(1, 2)
		s.reserve(4, 1, 4) // although a free block is large enough
		s.want(5, 5, [2]uint64{1, 2})
	})
}

func TestReserveAtTheBreakBeyondTheLimitGivesNil(t *testing.T) {
	onStage(t, 4, func(s *stage) {
		s.alloc(3, 0)
		s.free(0, 2)
		s.reserve(3, 2, none) // although a free block is large enough
		s.want(3, 3, [2]uint64{0, 2})
		s.reserve(3, 1, 3)
	})
}

func TestReserveAtAnotherHintGivesNil(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(3, 0)
		s.free(0, 2)
		for _, hint := range []uint64{1, 2, 4, 5, 8, 100} {
			s.reserve(hint, 1, none)
		}
		for _, n := range []uint64{0, 1, 1 << 63, 1<<64 - 1} { // the size is not looked at
			s.do(op.Op{Kind: op.Reserve, V: s.at(5), N: n}, op.Result{P: op.Nil})
		}
		s.want(3, 3, [2]uint64{0, 2})
	})
}

func TestAlignmentBelowAPageGivesOnePageBack(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(5, 0)
		s.free(0, 4)
		s.aligned(1, 8, 2) // out of two pages at the block's end
		s.want(5, 5, [2]uint64{0, 2}, [2]uint64{3, 1})
		s.aligned(2, 1, 5) // no block has three: the break, where there is nothing to give back
		s.want(7, 7, [2]uint64{0, 2}, [2]uint64{3, 1})
	})
}

func TestAlignedReserveTrimsAFreeBlockAtBothEnds(t *testing.T) {
	onStage(t, 16, func(s *stage) {
		s.alloc(11, 0)
		s.alloc(1, 11)
		s.free(0, 11)
		s.aligned(2, 4*s.page, 8)
		s.want(12, 12, [2]uint64{0, 8}, [2]uint64{10, 1})
	})
}

func TestAlignedReserveFreesWhatItSkips(t *testing.T) {
	onStage(t, 16, func(s *stage) {
		s.alloc(1, 0)
		s.aligned(2, 4*s.page, 4)
		s.want(6, 6, [2]uint64{1, 3})
	})
}

func TestAlignedReserveTooBigGivesNilAndChangesNothing(t *testing.T) {
	onStage(t, 6, func(s *stage) {
		s.alloc(1, 0)
		for _, c := range [][2]uint64{{6, s.page}, {3, 4 * s.page}, {1, 8 * s.page}, {1, 1 << 47}, {1, 1 << 63}, {1 << 20, s.page}} {
			s.aligned(c[0], c[1], none)
			s.want(1, 1)
		}
	})
}

func TestFirstBlockThatFitsGivesItsTail(t *testing.T) {
	onStage(t, 16, func(s *stage) {
		s.alloc(9, 0)
		s.alloc(1, 9)
		s.free(0, 1)
		s.free(2, 4)
		s.free(7, 2)
		s.alloc(2, 4) // not the block of just that size
		s.want(10, 10, [2]uint64{0, 1}, [2]uint64{2, 2}, [2]uint64{7, 2})
		s.alloc(2, 2)
		s.want(10, 10, [2]uint64{0, 1}, [2]uint64{7, 2})
	})
}

func TestBreakComesFromInitialMemoryFirst(t *testing.T) {
	onStageOf(t, []engine.Profile{engine.Plan9, engine.Wasm}, engine.Config{Start: 1, Initial: 4, Limit: 8}, func(s *stage) {
		s.want(1, 4)
		s.alloc(2, 1)
		s.want(3, 4)
		s.alloc(2, 3)
		s.want(5, 5)
	})
}

// Go 1.21 to 1.23 on wasm.
var go121 = []engine.Profile{engine.WasmGo121}

func TestGo121MemoryGrowsAtItsEndAndTheBreakStays(t *testing.T) {
	onStageOf(t, go121, engine.Config{Start: 1, Initial: 3, Limit: 8}, func(s *stage) {
		s.want(1, 1)
		s.alloc(2, 3)
		s.alloc(1, 5)
		s.want(1, 1)
		s.free(5, 1) // the top, and yet it goes to the list
		s.want(1, 1, [2]uint64{5, 1})
		s.alloc(2, 6)
		s.alloc(1, 5)
		s.alloc(1, none)
		s.want(1, 1)
	})
}

func TestGo121ReserveAtTheBreakGivesTheEndOfMemory(t *testing.T) {
	onStageOf(t, go121, engine.Config{Start: 1, Initial: 3, Limit: 8}, func(s *stage) {
		s.reserve(1, 2, 3)
		s.reserve(5, 1, none) // the end of memory is no hint
		s.reserve(1, 1, 5)
		s.want(1, 1)
	})
}

func TestGo121AlignedReserveKeepsAllOfItIfAligned(t *testing.T) {
	onStageOf(t, go121, engine.Config{Start: 1, Initial: 4, Limit: 32}, func(s *stage) {
		// Six pages at page 4: aligned as they are.
		s.do(op.Op{Kind: op.ReserveAligned, N: s.size(2), Align: s.size(4)}, op.Result{P: s.at(4), N: s.size(6)})
		s.want(1, 1)
		// Six pages at page 10: two too low, two too high.
		s.aligned(2, 4*s.page, 12)
		s.want(1, 1, [2]uint64{10, 2}, [2]uint64{14, 2})
	})
}

// The names of the labels make no difference.
func TestNamesChangeNothing(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		for i, name := range []string{"", "heap", fmt.Sprintf("%200d", 1)} {
			s.do(op.Op{Kind: op.Alloc, N: s.page, Name: name}, op.Result{P: s.at(uint64(i))})
		}
		s.want(3, 3)
	})
}

func TestAdviceChangesNothing(t *testing.T) {
	onStage(t, 8, func(s *stage) {
		s.alloc(3, 0)
		s.free(1, 1)
		for _, k := range op.Kinds() {
			if k >= op.Map {
				s.do(op.Op{Kind: k, V: 0, N: s.page, Name: ""}, op.Result{})
				s.want(3, 3, [2]uint64{1, 1})
			}
		}
	})
}
