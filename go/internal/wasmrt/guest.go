package wasmrt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// guest is a running driver program (testdata/guest/driver). The guest and its
// host are two coroutines: the guest runs from one call of its import "next"
// to the following one, and stands still while the host looks at its memory.
type guest struct {
	mem    *memory
	stderr bytes.Buffer

	resume func() (struct{}, bool) // of the host's: until the guest stands still
	yield  func(struct{}) bool     // of the guest's: until the host resumes it
	stop   func()
	err    error // why it ended

	// Where things are in its memory, told by its import "attach".
	request, bloc, blocMax, freelist uint32

	last words // the layer's variables when the guest last stood still
}

// words are the layer's three variables.
type words struct{ bloc, blocMax, freelist uint64 }

// The layout of the driver's request.
const (
	reqKind   = 0
	reqV      = 8
	reqN      = 16
	reqAlign  = 24
	reqP      = 32
	reqSize   = 40
	reqBefore = 48
	reqAfter  = 72
	reqEnd    = 96
)

// errStopped ends a guest that its host is done with.
var errStopped = errors.New("stopped by its host")

// start runs a guest until it asks for its first call.
func (h *host) start(ctx context.Context, limit uint64, refuse func() bool) (*guest, error) {
	mem, err := newMemory(limit, refuse)
	if err != nil {
		return nil, err
	}
	g := &guest{mem: mem}
	h.guest = g
	g.resume, g.stop = iter.Pull(func(yield func(struct{}) bool) {
		g.yield = yield
		g.err = h.run(ctx, mem, &g.stderr)
	})
	if _, ok := g.resume(); !ok {
		return nil, errors.Join(g.failure(), g.close())
	}
	g.last = g.words()
	return g, nil
}

// standStill is where the guest waits, in its import "next".
func (g *guest) standStill() {
	if !g.yield(struct{}{}) {
		panic(errStopped)
	}
}

// failure says why the guest is no more.
func (g *guest) failure() error {
	if g.err == nil {
		g.err = errors.New("it returned from main")
	}
	return fmt.Errorf("the guest ended: %w\n%s", g.err, g.stderr.Bytes())
}

// call lets the guest perform one call and returns its result.
func (g *guest) call(kind, v, n, align uint64) (p, size uint64, err error) {
	r := g.mem.mapping[g.request:][:reqEnd]
	le := binary.LittleEndian
	le.PutUint64(r[reqKind:], kind)
	le.PutUint64(r[reqV:], v)
	le.PutUint64(r[reqN:], n)
	le.PutUint64(r[reqAlign:], align)
	if _, ok := g.resume(); !ok {
		return 0, 0, g.failure()
	}
	now := g.words()
	if before := readWords(r[reqBefore:]); before != g.last {
		return 0, 0, interference("before", g.last, before)
	}
	if after := readWords(r[reqAfter:]); after != now {
		return 0, 0, interference("after", after, now)
	}
	g.last = now
	return le.Uint64(r[reqP:]), le.Uint64(r[reqSize:]), nil
}

// interference reports that the guest's runtime used the layer on its own.
func interference(when string, want, got words) error {
	return fmt.Errorf("the guest's runtime used its memory layer on its own, %s the call it was asked for: "+
		"bloc %#x, blocMax %#x, free list %#x became %#x, %#x, %#x; the driver must not allocate",
		when, want.bloc, want.blocMax, want.freelist, got.bloc, got.blocMax, got.freelist)
}

// words reads the layer's variables.
func (g *guest) words() words {
	return words{g.word(g.bloc), g.word(g.blocMax), g.word(g.freelist)}
}

func (g *guest) word(at uint32) uint64 {
	return binary.LittleEndian.Uint64(g.mem.mapping[at:])
}

func readWords(b []byte) words {
	le := binary.LittleEndian
	return words{le.Uint64(b), le.Uint64(b[8:]), le.Uint64(b[16:])}
}

// close ends the guest and gives its memory back.
func (g *guest) close() error {
	g.stop()
	return g.mem.unmap()
}
