package lockstep

import (
	"path/filepath"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/model"
	"gosbrk/internal/op"
)

func TestFlightRecorderHasTheCallsOfTheLastSegment(t *testing.T) {
	name := filepath.Join(t.TempDir(), "flight")
	writer, err := OpenFlight(name)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	reader, err := OpenFlight(name)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()

	r := New(model.New())
	r.Record(writer)
	for range 2 {
		if err := r.Start(engine.Config{Profile: engine.Wasm, Limit: 1 << 20}); err != nil {
			t.Fatal(err)
		}
		for _, o := range []op.Op{{Kind: op.Alloc, N: 5}, {Kind: op.ReserveAligned, N: 1 << 16, Align: 1 << 17}} {
			if err := r.Step(o); err != nil {
				t.Fatal(err)
			}
		}
	}
	s, err := reader.Script()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Steps) != 2 || s.Steps[0].Op.N != 5 || s.Steps[1].Op.Align != 1<<17 || s.Init.Profile != "wasm" || s.Init.Limit != 1<<20 {
		t.Errorf("the recorder has %v %+v", s.Init, s.Steps)
	}
	if reader.Landed() {
		t.Error("the recorder has landed before it has")
	}
	writer.Land()
	if !reader.Landed() {
		t.Error("the recorder has not landed")
	}
}
