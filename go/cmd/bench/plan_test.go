package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"gosbrk/internal/way"
)

const someplan = `threads=1 slots=4 passes=1 units=3 fresh=0 profile=0 start=0 initial=0
setup 2
fill 0 4 1 4096 4096 0
free 2 2 -2 0 0 0
measured 3
pair 0 2 0 8192 4096 0
alloc 2 1 0 4096 4096 0 immortal metadata
touch 2 1 0 4096 0 0
`

func TestStepsAreRead(t *testing.T) {
	p, err := parsePlan(strings.NewReader(someplan))
	if err != nil {
		t.Fatal(err)
	}
	want := step{kind: alloc, slot: 2, count: 1, bytes: 4096, at: 4096, name: "immortal metadata"}
	if len(p.setup) != 2 || !reflect.DeepEqual(p.measured[1], want) || p.setup[1].stride != -2 {
		t.Errorf("read %+v", p)
	}
}

func TestWhatIsNoPlanIsTold(t *testing.T) {
	for text, why := range map[string]string{
		"": "not how a plan begins",
		strings.Replace(someplan, "pair", "fly", 1):  "is not a step",
		strings.Replace(someplan, "setup", "set", 1): `is not "setup"`,
	} {
		if _, err := parsePlan(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", text, err, why)
		}
	}
}

func TestLibraryIsTimed(t *testing.T) {
	p, err := parsePlan(strings.NewReader(someplan))
	if err != nil {
		t.Fatal(err)
	}
	for _, calls := range []*way.Calls{way.Cgo, way.Direct} {
		got, err := measure(library(calls, p), p, time.Millisecond)
		if err != nil || got.passes != 1 || got.took <= 0 {
			t.Errorf("%s: %+v, %v", calls.Name, got, err)
		}
	}
}

// A run that goes another way than its trace is void.
func TestOtherAddressIsToldAsFailure(t *testing.T) {
	p := &plan{threads: 1, units: 1, measured: []step{{kind: sysAlloc, count: 1, bytes: 4096, want: 8192}}}
	if _, err := measure(library(way.Cgo, p), p, time.Millisecond); err == nil || !strings.Contains(err.Error(), "another way than the trace") {
		t.Errorf("error %v", err)
	}
}

// Memory that is not zero makes a run void.
func TestDirtyMemoryIsToldAsFailure(t *testing.T) {
	dirty := step{kind: touch, count: 1, bytes: 4096}
	p := &plan{threads: 1, slots: 1, passes: 1, units: 1, setup: []step{{kind: alloc, count: 1, bytes: 4096, at: 4096}, dirty}, measured: []step{dirty}}
	if _, err := measure(library(way.Cgo, p), p, time.Millisecond); err == nil || !strings.Contains(err.Error(), "not zero") {
		t.Errorf("error %v", err)
	}
}
