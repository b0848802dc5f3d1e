package wasmrt

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// guest is a running driver program (testdata/guest/driver). The guest and its
// host are two coroutines: the guest runs from one call of its import "next"
// to the following one, and stands still while the host looks at its memory.
type guest struct {
	mem     *memory
	initial uint64 // the size of its memory when it was instantiated
	stderr  bytes.Buffer

	resume func() (struct{}, bool)
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

// start instantiates the program and runs it until it asks for its first call.
func start(ctx context.Context, program []byte, cache wazero.CompilationCache, limit uint64, refuse int) (*guest, error) {
	mem, err := newMemory(limit, refuse)
	if err != nil {
		return nil, err
	}
	g := &guest{mem: mem}
	g.resume, g.stop = iter.Pull(func(yield func(struct{}) bool) {
		g.err = g.run(ctx, program, cache, yield)
	})
	if _, ok := g.resume(); !ok {
		err := g.failure()
		return nil, errors.Join(err, g.close())
	}
	g.last = g.words()
	mem.armed = true
	return g, nil
}

// run is the guest's side: it returns when the program has ended.
func (g *guest) run(ctx context.Context, program []byte, cache wazero.CompilationCache, yield func(struct{}) bool) error {
	ctx = experimental.WithMemoryAllocator(ctx, g.mem)
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(cache))
	defer r.Close(ctx)

	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return err
	}
	i32 := api.ValueTypeI32
	attach := func(_ context.Context, stack []uint64) {
		g.request, g.bloc = api.DecodeU32(stack[0]), api.DecodeU32(stack[1])
		g.blocMax, g.freelist = api.DecodeU32(stack[2]), api.DecodeU32(stack[3])
	}
	next := func(context.Context, []uint64) {
		if !yield(struct{}{}) {
			panic(errStopped)
		}
	}
	_, err := r.NewHostModuleBuilder("gosbrk").
		NewFunctionBuilder().WithGoFunction(api.GoFunc(attach), []api.ValueType{i32, i32, i32, i32}, nil).Export("attach").
		NewFunctionBuilder().WithGoFunction(api.GoFunc(next), nil, nil).Export("next").
		Instantiate(ctx)
	if err != nil {
		return err
	}
	code, err := r.CompileModule(ctx, program)
	if err != nil {
		return err
	}
	for _, m := range code.ExportedMemories() {
		g.initial = uint64(m.Min()) * pageSize
	}
	config := wazero.NewModuleConfig().
		WithEnv("GOGC", "off"). // a collection would move the layer on its own
		WithStderr(&g.stderr).WithRandSource(rand.Reader)
	_, err = r.InstantiateModule(ctx, code, config)
	return err
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
	g.mem.refused = false
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
