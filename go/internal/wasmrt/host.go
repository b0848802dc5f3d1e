package wasmrt

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// host is where guests live: the program, compiled to machine code, and what it imports.
type host struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
	guest   *guest // the one that runs; there is one at a time
}

// compilations keeps the machine code of programs, so that each is compiled once in a process.
var compilations = sync.OnceValue(wazero.NewCompilationCache)

// newHost compiles the program.
func newHost(ctx context.Context, program []byte) (*host, error) {
	h := &host{runtime: wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compilations()))}
	err := h.imports(ctx)
	if err == nil {
		h.code, err = h.runtime.CompileModule(ctx, program)
	}
	if err != nil {
		return nil, errors.Join(err, h.close(ctx))
	}
	return h, nil
}

// imports offers what the driver imports.
func (h *host) imports(ctx context.Context) error {
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, h.runtime); err != nil {
		return err
	}
	attach := func(_ context.Context, stack []uint64) {
		g := h.guest
		g.request, g.bloc = api.DecodeU32(stack[0]), api.DecodeU32(stack[1])
		g.blocMax, g.freelist = api.DecodeU32(stack[2]), api.DecodeU32(stack[3])
	}
	next := func(context.Context, []uint64) { h.guest.standStill() }
	i32 := api.ValueTypeI32
	_, err := h.runtime.NewHostModuleBuilder("gosbrk").
		NewFunctionBuilder().WithGoFunction(api.GoFunc(attach), []api.ValueType{i32, i32, i32, i32}, nil).Export("attach").
		NewFunctionBuilder().WithGoFunction(api.GoFunc(next), nil, nil).Export("next").
		Instantiate(ctx)
	return err
}

// initialMemory is how much memory the program has before it grows it.
func (h *host) initialMemory() uint64 {
	for _, m := range h.code.ExportedMemories() {
		return uint64(m.Min()) * pageSize
	}
	return 0
}

// run runs a guest to its end.
func (h *host) run(ctx context.Context, mem *memory, stderr io.Writer) error {
	ctx = experimental.WithMemoryAllocator(ctx, mem)
	config := wazero.NewModuleConfig().WithName("").
		WithEnv("GOGC", "off"). // a collection would use the layer when it pleases
		WithStderr(stderr).WithRandSource(rand.Reader)
	m, err := h.runtime.InstantiateModule(ctx, h.code, config)
	if m != nil {
		err = errors.Join(err, m.Close(ctx))
	}
	return err
}

func (h *host) close(ctx context.Context) error { return h.runtime.Close(ctx) }
