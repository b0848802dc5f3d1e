package lockstep

import (
	"fmt"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// MaxPages is the largest arena that Exhaustive takes: a state of it fits a word.
const MaxPages = 16

// Search is what an exhaustive search has found.
type Search struct {
	Pages  int
	States int   // different ones, all that can be reached
	Calls  int64 // made in every state, without those that only lead to a state
}

// Want is how many states there are to be found: F(2N+3)-1, where F(1) = F(2) = 1. A
// state is bloc and blocMax and, for every page below bloc, whether it is free, starts a
// region, or continues one.
func (s *Search) Want() int {
	a, b := 1, 1 // F(1), F(2)
	for range 2*s.Pages + 1 {
		a, b = b, a+b
	}
	return b - 1
}

// Exhaustive goes through every state that an arena of so many pages can be in, and makes
// every call there that matters: each size, each hint, each alignment, each part of each
// region. It reports now and then how many states are done and known, and fails if in the
// end they are not as many as there are. The profile is one that moves bloc.
func (r *Runner) Exhaustive(profile engine.Profile, pages int, report func(done, known int)) (Search, error) {
	x := explorer{
		runner: r, profile: profile, page: profile.PageSize(), pages: uint64(pages),
		known: map[layout]bool{}, queues: make([][]layout, pages+1),
	}
	found := Search{Pages: pages}
	if err := x.begin(0); err != nil {
		return found, err
	}
	x.meet()
	// blocMax never falls, so the states of one blocMax are all known when those of it
	// and the lower ones are done. To go by it saves nearly all fresh segments.
	for blocMax := range x.queues {
		for i := 0; i < len(x.queues[blocMax]); i++ {
			if found.States%256 == 0 {
				report(found.States, len(x.known))
			}
			found.States++
			l := x.queues[blocMax][i]
			for _, o := range x.calls(l) {
				if err := x.try(l, o); err != nil {
					return found, err
				}
				found.Calls++
			}
		}
	}
	report(found.States, len(x.known))
	if found.States != found.Want() {
		return found, r.failure(fmt.Sprintf("%d states were found, and there are %d", found.States, found.Want()))
	}
	return found, nil
}

// layout is a state as one word: five bits each of bloc and blocMax in pages, and two of
// each page's tag.
type layout uint64

func (l layout) bloc() uint64        { return uint64(l) & 31 }
func (l layout) blocMax() uint64     { return uint64(l) >> 5 & 31 }
func (l layout) tag(i uint64) op.Tag { return op.Tag(l >> (10 + 2*i) & 3) }

// run is the end of the run of pages that starts at page i: of a region, or of free
// pages.
func (l layout) run(i uint64) (end uint64) {
	for end = i + 1; end < l.bloc() && l.tag(end) != op.First && (l.tag(i) != op.None) == (l.tag(end) != op.None); end++ {
	}
	return end
}

// explorer is one exhaustive search.
type explorer struct {
	runner  *Runner
	profile engine.Profile
	page    uint64
	pages   uint64
	known   map[layout]bool
	queues  [][]layout // the known states by blocMax, in the order in which they were met
	list    []op.Op    // storage of calls
}

// begin starts a fresh segment whose blocMax is so many pages.
func (x *explorer) begin(blocMax uint64) error {
	return x.runner.Start(engine.Config{Profile: x.profile, Initial: blocMax * x.page, Limit: x.pages * x.page})
}

// here is the layout that the engines are in.
func (x *explorer) here() layout {
	s := x.runner.State()
	l := layout(s.Bloc/x.page | s.BlocMax/x.page<<5)
	for i := range s.Bloc / x.page {
		l |= layout(x.runner.held.At(i)) << (10 + 2*i)
	}
	return l
}

// meet takes note of the layout that the engines are in.
func (x *explorer) meet() {
	if l := x.here(); !x.known[l] {
		x.known[l] = true
		x.queues[l.blocMax()] = append(x.queues[l.blocMax()], l)
	}
}

// calls are the calls that matter in a state.
func (x *explorer) calls(l layout) []op.Op {
	x.list = x.list[:0]
	bloc := l.bloc()
	// Up to one page more than there are. Alloc and reserve of nil share their code, so
	// one of them gets sizes that are not whole pages.
	for n := uint64(1); n <= x.pages+1; n++ {
		x.add(op.Op{Kind: op.Alloc, N: n * x.page})
		x.add(op.Op{Kind: op.Reserve, V: op.Nil, N: (n-1)*x.page + 1})
		x.add(op.Op{Kind: op.Reserve, V: op.Ptr(bloc * x.page), N: n * x.page})
		for _, align := range []uint64{1, 2, 4} {
			x.add(op.Op{Kind: op.ReserveAligned, N: n * x.page, Align: align * x.page})
		}
	}
	x.add(op.Op{Kind: op.Reserve, V: op.Ptr((bloc + 1) * x.page), N: x.page})
	x.add(op.Op{Kind: op.Free, V: op.Nil, N: x.page})
	for i := uint64(0); i < bloc; i = l.run(i) {
		if l.tag(i) != op.None {
			x.addFrees(i, l.run(i))
		}
	}
	return x.list
}

// addFrees adds every free of a part of a region, or of all of it; those that reach its
// end also with a size one byte short.
func (x *explorer) addFrees(first, end uint64) {
	for from := first; from < end; from++ {
		for to := from + 1; to <= end; to++ {
			o := op.Op{Kind: op.Free, V: op.Ptr(from * x.page), N: (to - from) * x.page}
			x.add(o)
			if to == end {
				o.N--
				x.add(o)
			}
		}
	}
}

// add adds a call, if all engines take it.
func (x *explorer) add(o op.Op) {
	for _, e := range x.runner.engines {
		if !engine.Takes(e, o) {
			return
		}
	}
	x.list = append(x.list, o)
}

// try makes a call in a state, and takes note of the state it leads to.
func (x *explorer) try(l layout, o op.Op) error {
	if x.here() != l {
		if err := x.build(l); err != nil {
			return err
		}
	}
	if err := x.runner.Step(o); err != nil {
		return err
	}
	if err := x.consistent(); err != nil {
		return err
	}
	x.meet()
	return nil
}

// consistent makes sure that pages are free to the engines exactly where nobody holds
// them.
func (x *explorer) consistent() error {
	s, free := x.runner.State(), uint64(0)
	for _, b := range s.Free {
		free += b.Size / x.page
		for i := b.Addr / x.page; i < (b.Addr+b.Size)/x.page; i++ {
			if x.runner.held.At(i) != op.None {
				return x.runner.difference(fmt.Sprintf("the page at %v is on the free list, and held", op.Ptr(i*x.page)), 0, 0)
			}
		}
	}
	for i := range s.Bloc / x.page {
		if x.runner.held.At(i) == op.None {
			free--
		}
	}
	if free != 0 {
		return x.runner.difference("a page below bloc is neither on the free list nor held", 0, 0)
	}
	return nil
}

// maxScript bounds how many calls a search makes in one segment, and so the script that a
// difference comes with.
const maxScript = 100_000

// build brings the engines into a state: it empties the arena, allocates every run of
// pages from the bottom up, and frees the runs that are to be free. As blocMax never
// falls, a lower one needs a fresh segment.
func (x *explorer) build(l layout) error {
	r := x.runner
	if r.State().BlocMax != l.blocMax()*x.page || len(r.ops) > maxScript {
		if err := x.begin(l.blocMax()); err != nil {
			return err
		}
	} else if err := x.empty(); err != nil {
		return err
	}
	for i := uint64(0); i < l.bloc(); i = l.run(i) {
		if err := r.lead(op.Op{Kind: op.Alloc, N: (l.run(i) - i) * x.page}); err != nil {
			return err
		}
	}
	for i := uint64(0); i < l.bloc(); i = l.run(i) {
		if l.tag(i) != op.None {
			continue
		}
		o := op.Op{Kind: op.Free, V: op.Ptr(i * x.page), N: (l.run(i) - i) * x.page}
		if l.run(i) == l.bloc() {
			o.N-- // to the list, not to the break
		}
		if err := r.lead(o); err != nil {
			return err
		}
	}
	if err := r.compare(); err != nil {
		return err
	}
	if x.here() != l {
		return r.difference("the search did not get back to a state that it knows", 0, 0)
	}
	return nil
}

// empty frees all that is held, takes what is left as one region, and gives it back to
// the break.
func (x *explorer) empty() error {
	r := x.runner
	bloc := r.State().Bloc
	for i := uint64(0); i < bloc/x.page; i++ {
		first, end := r.held.Region(i)
		if first == end {
			continue
		}
		if err := r.lead(op.Op{Kind: op.Free, V: op.Ptr(first * x.page), N: (end - first) * x.page}); err != nil {
			return err
		}
		if end*x.page == bloc {
			bloc = first * x.page
		}
	}
	if bloc == 0 {
		return nil
	}
	if err := r.lead(op.Op{Kind: op.Alloc, N: bloc}); err != nil {
		return err
	}
	return r.lead(op.Op{Kind: op.Free, V: 0, N: bloc})
}
