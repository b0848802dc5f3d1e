package op

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPagesFollowCalls(t *testing.T) {
	var p Pages
	p.Reset(4096)
	for _, c := range []struct {
		o    Op
		r    Result
		want string // by page: "." nobody's, "F" a region's first, "r" its rest
	}{
		{Op{Kind: Alloc, N: 3*4096 - 5}, Result{P: 0}, "Frr"},
		{Op{Kind: Reserve, V: Nil, N: 4096}, Result{P: 4 * 4096}, "Frr.F"},
		{Op{Kind: Alloc, N: 1 << 40}, Result{P: Nil}, "Frr.F"},
		{Op{Kind: ReserveAligned, N: 4096, Align: 8192}, Result{P: 6 * 4096, N: 3 * 4096}, "Frr.F.Frr"},
		{Op{Kind: ReserveAligned, N: 1 << 40, Align: 1}, Result{P: Nil}, "Frr.F.Frr"},
		{Op{Kind: Free, V: 0, N: 4096}, Result{}, ".Fr.F.Frr"},
		{Op{Kind: Free, V: 7 * 4096, N: 4096}, Result{}, ".Fr.F.F.F"},
		{Op{Kind: Free, V: Nil, N: 4096}, Result{}, ".Fr.F.F.F"},
		{Op{Kind: Free, V: 2 * 4096, N: 1}, Result{}, ".F..F.F.F"},
		{Op{Kind: Unused, V: 4096, N: 4096}, Result{}, ".F..F.F.F"},
	} {
		p.Apply(c.o, c.r)
		var got strings.Builder
		for i := range p.Tags {
			got.WriteByte(".Fr"[p.At(uint64(i))])
		}
		if got.String() != c.want {
			t.Errorf("after %v the pages are %s, want %s", c.o, got.String(), c.want)
		}
	}
	if p.At(1000) != None {
		t.Error("a page that nobody ever had is held")
	}
}

func TestRegionIsWhatOneCallReturned(t *testing.T) {
	p := Pages{Size: 1, Tags: []Tag{None, First, Rest, Rest, First, None}}
	for page, want := range [][2]uint64{{0, 0}, {1, 4}, {1, 4}, {1, 4}, {4, 5}, {5, 5}} {
		if first, end := p.Region(uint64(page)); first != want[0] || end != want[1] {
			t.Errorf("page %d is in [%d, %d), want %v", page, first, end, want)
		}
	}
}

// All kinds of calls are drawn, and those that take an address get addresses of every
// kind.
func TestRandomDrawsEverything(t *testing.T) {
	g := NewRandom(rand.New(rand.NewPCG(1, 2)), 4096, 1<<16)
	held := Pages{Size: 4096, Tags: []Tag{None, First, Rest, Rest, First, None}}
	drawn := map[string]int{}
	for range 20_000 {
		o := g.Next(&held, 5*4096, 6*4096)
		drawn[o.Kind.String()]++
		switch {
		case o.Kind == Free && o.V == Nil:
			drawn["free of nil"]++
		case o.Kind == Free && o.V != 4096 && o.V != 4*4096:
			drawn["free of a part"]++
		case o.Kind == Free && o.N%4096 != 0:
			drawn["unrounded free"]++
		case o.Kind == Reserve && o.V == 5*4096:
			drawn["reserve at the break"]++
		case o.Kind == Reserve && o.V != Nil:
			drawn["reserve elsewhere"]++
		case o.Kind.Returns() && o.N > 1<<16:
			drawn["too much"]++
		case o.Kind.Returns() && o.N == 0:
			t.Fatalf("drew %v", o)
		}
	}
	for _, k := range Kinds() {
		if drawn[k.String()] == 0 {
			t.Errorf("%v was never drawn", k)
		}
	}
	for _, what := range []string{"free of nil", "free of a part", "unrounded free", "reserve at the break", "reserve elsewhere", "too much"} {
		if drawn[what] < 50 {
			t.Errorf("%s was drawn %d times", what, drawn[what])
		}
	}
}
