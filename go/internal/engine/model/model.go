// Package model is the memory layer as a map of pages: what it must do, said without
// lists, headers or addresses in memory.
package model

import (
	"fmt"
	"math"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// page is what the model knows of one page.
type page uint8

const (
	foreign page = iota // below the start, or in memory that was there before
	free
	held
)

// Model is the engine. The zero value is ready for Init.
type Model struct {
	cfg     engine.Config
	size    uint64 // of a page
	bloc    uint64
	blocMax uint64
	pages   []page // of all memory that was ever below the end; its end is the end
	limit   uint64
}

// New returns a model that awaits Init.
func New() *Model { return &Model{} }

// Name is "model".
func (m *Model) Name() string { return "model" }

// Init starts afresh.
func (m *Model) Init(cfg engine.Config) error {
	round := cfg.Profile.Round
	start, initial, limit := round(cfg.Start), round(cfg.Initial), cfg.Limit
	if limit == 0 {
		limit = math.MaxInt64
		if cfg.Profile != engine.Plan9 {
			limit = 1 << 32
		}
	}
	if initial == 0 {
		initial = start
	}
	if start > initial || initial > limit {
		return fmt.Errorf("model: %v: must be start <= initial <= limit", cfg)
	}
	*m = Model{cfg: cfg, size: cfg.Profile.PageSize(), bloc: start, blocMax: initial, limit: limit, pages: m.pages[:0]}
	m.extend(start)
	if m.grows() {
		m.blocMax = start
		m.extend(initial)
	}
	return nil
}

// grows reports whether sbrk takes memory from its end only and never moves bloc.
func (m *Model) grows() bool { return m.cfg.Profile == engine.WasmGo121 }

// end is the end of the memory that has been in use.
func (m *Model) end() uint64 { return uint64(len(m.pages)) * m.size }

// extend makes the pages up to end foreign.
func (m *Model) extend(end uint64) {
	for m.end() < end {
		m.pages = append(m.pages, foreign)
	}
}

// Supports is true of everything.
func (m *Model) Supports(op.Kind) bool { return true }

// Do makes one call, which is a proper one.
func (m *Model) Do(o op.Op) op.Result {
	switch o.Kind {
	case op.Alloc:
		return op.Result{P: m.alloc(o.N)}
	case op.Free:
		m.release(o.V, o.N)
	case op.Reserve:
		switch {
		case o.V == op.Ptr(m.bloc):
			return op.Result{P: m.sbrk(o.N)}
		case o.V == op.Nil:
			return op.Result{P: m.alloc(o.N)}
		}
		return op.Result{P: op.Nil}
	case op.ReserveAligned:
		return m.reserveAligned(o.N, o.Align)
	}
	return op.Result{}
}

// alloc takes the back of the first free run that is large enough, or else new memory.
func (m *Model) alloc(n uint64) op.Ptr {
	if p := m.fit(n); p != op.Nil {
		return p
	}
	return m.sbrk(n)
}

func (m *Model) fit(n uint64) op.Ptr {
	want := m.cfg.Profile.Round(n) / m.size
	for first, p := range m.pages {
		if p != free || first > 0 && m.pages[first-1] == free {
			continue
		}
		end := first
		for end < len(m.pages) && m.pages[end] == free {
			end++
		}
		if uint64(end-first) >= want {
			at := uint64(end) - want
			m.mark(at, uint64(end), held)
			return op.Ptr(at * m.size)
		}
	}
	return op.Nil
}

// sbrk takes memory that nobody has had, or that went back to the break.
func (m *Model) sbrk(n uint64) op.Ptr {
	n = m.cfg.Profile.Round(n)
	from := m.bloc
	if m.grows() {
		from = m.end()
	}
	if n > m.limit-from {
		return op.Nil
	}
	if !m.grows() {
		m.bloc += n
		m.blocMax = max(m.blocMax, m.bloc)
	}
	m.extend(from + n)
	m.mark(from/m.size, (from+n)/m.size, held)
	return op.Ptr(from)
}

// release makes pages free, or hands them back to the break if they end there to the
// byte.
func (m *Model) release(v op.Ptr, n uint64) {
	if v == op.Nil {
		return
	}
	if uint64(v)+n == m.bloc {
		m.bloc = uint64(v)
		m.pages = m.pages[:m.bloc/m.size]
		return
	}
	m.mark(uint64(v)/m.size, (uint64(v)+m.cfg.Profile.Round(n))/m.size, free)
}

// reserveAligned takes a free run of size+align bytes and frees what is too much of it,
// or else new memory from the next multiple of align on, and frees what it skipped. Where
// sbrk only grows, it is the older way: reserve size+align, and keep all of it if it
// happens to be aligned.
func (m *Model) reserveAligned(size, align uint64) op.Result {
	var p op.Ptr
	if m.grows() {
		p = m.alloc(size + align)
	} else {
		p = m.fit(size + align)
	}
	switch {
	case p != op.Nil && m.grows() && uint64(p)%align == 0:
		return op.Result{P: p, N: size + align}
	case p != op.Nil:
		at := alignUp(uint64(p), align)
		m.mark(uint64(p)/m.size, at/m.size, free)
		m.mark((at+size)/m.size, m.cfg.Profile.Round(uint64(p)+size+align)/m.size, free)
		return op.Result{P: op.Ptr(at), N: size}
	case m.grows():
		return op.Result{P: op.Nil}
	}
	at := alignUp(m.bloc, align)
	skipped := at - m.bloc
	if p = m.sbrk(skipped + size); p == op.Nil {
		return op.Result{P: op.Nil}
	}
	m.mark(uint64(p)/m.size, at/m.size, free)
	return op.Result{P: op.Ptr(at), N: size}
}

func (m *Model) mark(first, end uint64, as page) {
	for i := first; i < end; i++ {
		m.pages[i] = as
	}
}

// State derives the free list: it is the runs of free pages.
func (m *Model) State(s *engine.State) {
	*s = engine.State{Bloc: m.bloc, BlocMax: m.blocMax, End: m.blocMax, Free: s.Free[:0]}
	if m.grows() {
		s.End = m.end()
	}
	for i, p := range m.pages {
		switch addr := uint64(i) * m.size; {
		case p != free:
		case i > 0 && m.pages[i-1] == free:
			s.Free[len(s.Free)-1].Size += m.size
		default:
			s.Free = append(s.Free, engine.Block{Addr: addr, Size: m.size})
		}
	}
}

// Mem is nil: the model has no bytes.
func (m *Model) Mem() []byte { return nil }

// Base is 0.
func (m *Model) Base() uint64 { return 0 }

// Close does nothing.
func (m *Model) Close() error { return nil }

func alignUp(n, a uint64) uint64 { return (n + a - 1) &^ (a - 1) }
