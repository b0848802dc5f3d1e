package wasmrt

import (
	"slices"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/engine/port"
)

// Whatever state a guest starts in, the prologue leads other engines there.
func TestPrologue(t *testing.T) {
	const p = pageSize
	for _, c := range []struct {
		name    string
		profile engine.Profile
		state   engine.State
		foreign []engine.Block
	}{
		{"nothing but the program", engine.Wasm,
			engine.State{Bloc: 3 * p, BlocMax: 5 * p, End: 5 * p},
			[]engine.Block{{Addr: 0, Size: 3 * p}}},
		{"free blocks", engine.Wasm,
			engine.State{Bloc: 9 * p, BlocMax: 9 * p, End: 9 * p, Free: []engine.Block{{Addr: 3 * p, Size: p}, {Addr: 6 * p, Size: 2 * p}}},
			[]engine.Block{{Addr: 0, Size: 3 * p}, {Addr: 4 * p, Size: 2 * p}, {Addr: 8 * p, Size: p}}},
		{"a free block right below the break", engine.Wasm,
			engine.State{Bloc: 9 * p, BlocMax: 12 * p, End: 12 * p, Free: []engine.Block{{Addr: 3 * p, Size: p}, {Addr: 6 * p, Size: 3 * p}}},
			[]engine.Block{{Addr: 0, Size: 3 * p}, {Addr: 4 * p, Size: 2 * p}}},
		{"free blocks behind the initial memory", engine.WasmGo121,
			engine.State{Bloc: 2 * p, BlocMax: 2 * p, End: 9 * p, Free: []engine.Block{{Addr: 5 * p, Size: p}, {Addr: 8 * p, Size: p}}},
			[]engine.Block{{Addr: 0, Size: 5 * p}, {Addr: 6 * p, Size: 2 * p}}},
		{"nothing yet behind the initial memory", engine.WasmGo121,
			engine.State{Bloc: 2 * p, BlocMax: 2 * p, End: 4 * p},
			[]engine.Block{{Addr: 0, Size: 4 * p}}},
	} {
		if got := inUse(c.profile, &c.state); !slices.Equal(got, c.foreign) {
			t.Errorf("%s: in use is %v, should be %v", c.name, got, c.foreign)
		}
		cfg, ops := prologue(c.profile, &c.state, 4*p, 20*p)
		for _, e := range []engine.Engine{port.New(), model.New()} {
			if err := e.Init(cfg); err != nil {
				t.Fatalf("%s: %s: %v: %v", c.name, e.Name(), cfg, err)
			}
			for _, o := range ops {
				e.Do(o)
			}
			var got engine.State
			e.State(&got)
			if got.Bloc != c.state.Bloc || got.BlocMax != c.state.BlocMax || got.End != c.state.End || !slices.Equal(got.Free, c.state.Free) {
				t.Errorf("%s: %v, %v lead %s to %+v, should lead to %+v", c.name, cfg, ops, e.Name(), got, c.state)
			}
			closing(t, e)
		}
	}
}
