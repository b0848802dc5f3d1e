package op

import "math/rand/v2"

// Random draws ops that careful callers may make: it asks for sizes that fit and sizes
// that do not, frees only what is held, in whole and in part, and knows where the edges
// are.
type Random struct {
	rng   *rand.Rand
	page  uint64
	limit uint64
	keen  int // of 100 draws that could free, how many do
}

// vmaNames are some of the labels that the Go runtime gives to its ranges.
var vmaNames = [...]string{"", "", "heap", "heap reservation", "page summary", "gc bits", "immortal metadata"}

// maxAlign is the largest alignment drawn. The base of a segment is aligned to it, so
// that an alignment up to it gives the same offset in every engine.
const maxAlign = 1 << 32

// NewRandom returns a source of ops for a segment with pages of the given size and a
// break that may reach limit bytes.
func NewRandom(rng *rand.Rand, page, limit uint64) *Random {
	return &Random{rng: rng, page: page, limit: limit, keen: 25 + rng.IntN(45)}
}

// Next draws an op for a segment whose callers hold the given pages and whose break and
// end of memory are at bloc and end.
func (g *Random) Next(held *Pages, bloc, end uint64) Op {
	if g.rng.IntN(100) < g.keen {
		if o, ok := g.free(held); ok {
			return o
		}
	}
	switch d := g.rng.IntN(100); {
	case d < 45:
		return Op{Kind: Alloc, N: g.size(), Name: g.name()}
	case d < 60:
		return Op{Kind: Reserve, V: Nil, N: g.size(), Name: g.name()}
	case d < 75:
		return Op{Kind: Reserve, V: Ptr(bloc), N: g.size(), Name: g.name()}
	case d < 79:
		return g.badHint(bloc, end)
	case d < 93:
		return g.aligned()
	case d < 96:
		return Op{Kind: Free, V: Nil, N: g.rng.Uint64() >> g.rng.IntN(64)}
	}
	return g.advice(held)
}

// size is a number of bytes: mostly a few pages, often not a whole number of them, at
// times more than there are.
func (g *Random) size() uint64 {
	var pages uint64
	switch d := g.rng.IntN(100); {
	case d < 60:
		pages = 1 + g.rng.Uint64N(4)
	case d < 97:
		pages = 1 + g.rng.Uint64N(g.limit/g.page/2+1)
	case d < 99:
		pages = 1 + g.rng.Uint64N(g.limit/g.page+2)
	default:
		pages = 1 + g.rng.Uint64()>>(17+g.rng.IntN(40))/g.page // up to 2^47: too much, and still no wrap anywhere
	}
	return g.unround(pages * g.page)
}

// unround takes up to a page less one byte off n at times, so that it rounds up to n.
func (g *Random) unround(n uint64) uint64 {
	switch g.rng.IntN(8) {
	case 0:
		return n - g.rng.Uint64N(g.page)
	case 1:
		return n - g.page + 1
	case 2:
		return n - 1
	}
	return n
}

// aligned is a reservation of whole pages by a power of two.
func (g *Random) aligned() Op {
	size := (g.size() + g.page - 1) / g.page * g.page
	align := g.page << g.rng.IntN(5)
	if g.rng.IntN(8) == 0 {
		align = 1 << g.rng.IntN(33)
	}
	return Op{Kind: ReserveAligned, N: size, Align: min(align, maxAlign)}
}

// badHint is a reservation at an address that is not bloc: the first and last page,
// beside bloc, anywhere.
func (g *Random) badHint(bloc, end uint64) Op {
	v := [...]uint64{
		g.page, bloc + g.page, bloc - g.page, bloc + 1, end,
		g.rng.Uint64N(g.limit), g.rng.Uint64N(g.limit/g.page+1) * g.page,
	}[g.rng.IntN(7)]
	if v == bloc || v == 0 { // 0 is nil to an engine whose memory starts at address 0
		v = bloc + 2*g.page
	}
	return Op{Kind: Reserve, V: Ptr(v), N: g.size(), Name: g.name()}
}

// free gives back a region, or a part of one. It fails if it comes upon none.
func (g *Random) free(held *Pages) (Op, bool) {
	first, end, ok := g.region(held)
	if !ok {
		return Op{}, false
	}
	from, to := first, end
	switch g.rng.IntN(10) {
	case 0: // the front
		to = from + 1 + g.rng.Uint64N(end-first)
	case 1: // the back
		from = first + g.rng.Uint64N(end-first)
	case 2: // somewhere
		from = first + g.rng.Uint64N(end-first)
		to = from + 1 + g.rng.Uint64N(end-from)
	}
	n := (to - from) * g.page
	if to == end {
		n = g.unround(n)
	}
	return Op{Kind: Free, V: Ptr(from * g.page), N: n}, true
}

// advice is a call that does nothing in this layer.
func (g *Random) advice(held *Pages) Op {
	o := Op{Kind: Map + Kind(g.rng.IntN(int(numKinds-Map)))}
	if first, end, ok := g.region(held); ok {
		o.V, o.N = Ptr(first*g.page), (end-first)*g.page
	}
	if o.Kind.takesName() {
		o.Name = g.name()
	}
	return o
}

// region finds a held region, by chance the sooner the larger it is.
func (g *Random) region(held *Pages) (first, end uint64, ok bool) {
	for range 8 {
		if len(held.Tags) == 0 {
			break
		}
		first, end = held.Region(g.rng.Uint64N(uint64(len(held.Tags))))
		if first < end {
			return first, end, true
		}
	}
	return 0, 0, false
}

func (g *Random) name() string { return vmaNames[g.rng.IntN(len(vmaNames))] }
