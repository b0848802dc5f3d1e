package lockstep

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
)

// FuzzOps makes the calls that its input spells, with operands of all 64 bits, proper calls
// and misuse, in the library, the newest Go source that was linked in, and the model. To
// have Go's source in it, which is also what the fuzzer's coverage is about then:
//
//	go test -vet=off -overlay "$(go run ./cmd/lockstep -overlay)" -run '^$' \
//		-fuzz Ops -fuzztime 1000000x -fuzzminimizetime 1x ./internal/lockstep
//
// A number of inputs, as the go command takes an input that is being run when time is up
// for one that failed; and no minimizing, as that goes by coverage, which is not the same
// from run to run with a watchdog about.
func FuzzOps(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(fuzzInput(seed))
	}
	fuzz := newFuzz()
	f.Fuzz(func(t *testing.T, input []byte) {
		if err := fuzz.run(input); err != nil {
			fuzz.fail(t, err)
		}
	})
}

// TestFuzzedOps runs the body of FuzzOps with inputs that are always the same.
func TestFuzzedOps(t *testing.T) {
	fuzz := newFuzz()
	for seed := range uint64(4000) {
		if err := fuzz.run(fuzzInput(seed)); err != nil {
			fuzz.fail(t, err)
		}
	}
	t.Logf("%d proper calls, %d refused", fuzz.proper, fuzz.refused)
	if fuzz.proper < fuzz.refused || fuzz.refused < fuzz.proper/20 {
		t.Errorf("%d proper calls and %d refused: the inputs do not go where they should", fuzz.proper, fuzz.refused)
	}
}

// fuzzInput is an input that is always the same.
func fuzzInput(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 0))
	input := make([]byte, 32+rng.IntN(480))
	for i := range input {
		input[i] = byte(rng.Uint32())
	}
	return input
}

// fuzz has a runner for every profile.
type fuzz struct {
	runners         map[engine.Profile]*Runner
	last            *Runner
	proper, refused int
}

func newFuzz() *fuzz {
	z := &fuzz{runners: map[engine.Profile]*Runner{}}
	library := port.New()
	for _, p := range engine.Profiles() {
		engines := []engine.Engine{library, model.New()}
		for _, s := range slices.Backward(oracle.Sources()) {
			if s.Profile == p {
				engines = append(engines, s.Engine())
				break
			}
		}
		z.runners[p] = New(engines...)
	}
	return z
}

// fail reports a difference.
func (z *fuzz) fail(t *testing.T, err error) {
	must(t, z.last, err)
}

// run makes the calls that an input spells.
func (z *fuzz) run(input []byte) error {
	in := bytesOf{input}
	cfg := in.config()
	z.last = z.runners[cfg.Profile]
	err := z.last.Guard(Patience, func() error {
		if err := z.last.Start(cfg); err != nil {
			return err
		}
		if cfg.Limit > fragmentPages*cfg.Profile.PageSize() {
			if err := z.last.fragment(cfg.Profile.PageSize()); err != nil {
				return err
			}
		}
		for len(in.rest) > 0 {
			o := in.op(z.last)
			if !z.last.Makes(o) {
				continue
			}
			if err := z.last.Step(o); err != nil {
				return err
			}
			if z.last.refused {
				z.refused++
			} else {
				z.proper++
			}
		}
		return nil
	})
	return err
}

// bytesOf takes an input apart. What is beyond its end is zero.
type bytesOf struct{ rest []byte }

// take is the next n bytes as a number.
func (b *bytesOf) take(n int) uint64 {
	var word [8]byte
	n = copy(word[:n], b.rest)
	b.rest = b.rest[n:]
	return binary.LittleEndian.Uint64(word[:])
}

// config is a segment of few pages, but for one that begins fragmented. It does not start
// at offset 0: there an alignment larger than that of the engines' bases can be met by
// chance.
func (b *bytesOf) config() engine.Config {
	kind := b.take(1)
	p := engine.Profiles()[kind%3]
	page, pages := p.PageSize(), 3+b.take(1)%4
	if p == engine.Plan9 {
		pages *= 5
		if kind/3%4 == 0 {
			pages += fragmentPages
		}
	}
	cfg := engine.Config{Profile: p, Limit: pages * page, Start: 1 + b.take(2)%page}
	if extra := b.take(1); extra%2 == 1 {
		cfg.Initial = (1 + extra/2%pages) * page
	}
	return cfg
}

// op is a call, mostly with operands that make sense where the engines are.
func (b *bytesOf) op(r *Runner) op.Op {
	switch b.take(1) % 10 {
	case 0, 1:
		return op.Op{Kind: op.Alloc, N: b.size(r)}
	case 2:
		return op.Op{Kind: op.Reserve, V: op.Nil, N: b.size(r)}
	case 3:
		return op.Op{Kind: op.Reserve, V: op.Ptr(r.State().Bloc), N: b.size(r)}
	case 4:
		return op.Op{Kind: op.ReserveAligned, N: b.size(r), Align: b.align(r)}
	case 5, 6:
		return b.free(r, 0)
	case 7:
		return b.free(r, b.take(1))
	case 8:
		return op.Op{Kind: op.Free, V: b.addr(r), N: b.size(r)}
	}
	return op.Op{Kind: op.Reserve, V: b.addr(r), N: b.size(r)}
}

// size is a few pages, or nearly so, or any number at all.
func (b *bytesOf) size(r *Runner) uint64 {
	n := b.take(1)
	pages := (n>>2)%8 + 1
	switch n & 3 {
	case 0:
		return b.take(8)
	case 1:
		return pages*r.held.Size - b.take(2)%r.held.Size
	}
	return pages * r.held.Size
}

// align is a power of two, or any number at all.
func (b *bytesOf) align(r *Runner) uint64 {
	switch n := b.take(1); {
	case n < 64:
		return 1 << n
	case n < 224:
		return r.held.Size << (n % 4)
	}
	return b.take(8)
}

// addr is a page, or any address at all.
func (b *bytesOf) addr(r *Runner) op.Ptr {
	n := b.take(1)
	if n < 16 {
		return op.Ptr(b.take(8))
	}
	return op.Ptr(n % 32 * r.held.Size)
}

// free is of the region that holds some page, all of it but for so many pages at its
// ends.
func (b *bytesOf) free(r *Runner, less uint64) op.Op {
	pages := uint64(len(r.held.Tags))
	if pages == 0 {
		return op.Op{Kind: op.Free, V: op.Nil}
	}
	first, end := r.held.Region(b.take(1) % pages)
	from := min(first+less%4, end)
	to := max(end-min(less/4%4, end), from)
	n := (to - from) * r.held.Size
	if less >= 128 && n > 0 {
		n -= less
	}
	return op.Op{Kind: op.Free, V: op.Ptr(from * r.held.Size), N: n}
}

// A run that ends in an error of another kind than a difference is the harness's own.
func TestFuzzReportsDifferences(t *testing.T) {
	z := newFuzz()
	r := z.runners[engine.Plan9]
	r.engines[1] = &mutant{Engine: model.New(), state: func(m *mutant, s *engine.State) { s.Bloc++ }}
	for seed := range uint64(64) {
		var d *Difference
		if errors.As(z.run(fuzzInput(seed)), &d) {
			return
		}
	}
	t.Error("a bug in an engine is not seen in 64 inputs")
}
