//go:build linux && (amd64 || arm64)

package direct_test

import (
	"runtime"
	"testing"
	"unsafe"

	"gosbrk/internal/direct"
	"gosbrk/internal/direct/probe"
)

// room is the stack that a C function may take.
const room = 1024

// pushed is what a call leaves on the stack: the return address, or nothing.
var pushed = map[string]uintptr{"amd64": 8}[runtime.GOARCH]

func TestArgumentsArriveAndResultsReturn(t *testing.T) {
	witness := probe.Witness()
	last := unsafe.Pointer(&probe.Last)
	v := unsafe.Pointer(new([8]byte))
	name := string([]byte("a name that is not a constant"))
	at, text, size := uintptr(v), uintptr(unsafe.Pointer(unsafe.StringData(name))), uintptr(len(name))
	for _, shape := range []struct {
		title string
		call  func() unsafe.Pointer
		args  []uintptr
	}{
		{"Bool", func() unsafe.Pointer { direct.Bool(witness); return last }, nil},
		{"Sized", func() unsafe.Pointer { return direct.Sized(witness, 11, name) }, []uintptr{11, text, size}},
		{"SizedOrCode", func() unsafe.Pointer {
			p, _ := direct.SizedOrCode(witness, probe.Count(), 11, name)
			return p
		}, []uintptr{11, text, size}},
		{"Range", func() unsafe.Pointer { direct.Range(witness, v, 13); return last }, []uintptr{at, 13}},
		{"RangeCode", func() unsafe.Pointer { direct.RangeCode(witness, probe.Count(), v, 13); return last }, []uintptr{at, 13}},
		{"RangeNamed", func() unsafe.Pointer { direct.RangeNamed(witness, v, 13, name); return last }, []uintptr{at, 13, text, size}},
		{"Placed", func() unsafe.Pointer { return direct.Placed(witness, v, 13, name) }, []uintptr{at, 13, text, size}},
		{"Aligned", func() unsafe.Pointer { p, _ := direct.Aligned(witness, 11, 13); return p }, []uintptr{11, 13}},
	} {
		probe.Last = probe.Call{}
		if p := shape.call(); p != last {
			t.Errorf("%s returned %p, want %p", shape.title, p, last)
		}
		for i, want := range shape.args {
			if got := probe.Last.Args[i]; got != want {
				t.Errorf("%s: argument %d is %#x, want %#x", shape.title, i, got, want)
			}
		}
		if probe.Last.SP%16 != pushed {
			t.Errorf("%s: SP is %#x after the call, so it was not at a multiple of 16 before", shape.title, probe.Last.SP)
		}
	}
}

// What C leaves behind a pointer is out of reach of what it does with its stack.
func TestSecondResult(t *testing.T) {
	if p, n := direct.Aligned(probe.Store(), 1<<40, 0); p != nil || n != 1<<40 {
		t.Errorf("Aligned = %p, %#x, want nil, %#x", p, n, uint64(1<<40))
	}
}

func TestCodeIsThatOfTheCall(t *testing.T) {
	witness, null, count := probe.Witness(), probe.Null(), probe.Count()
	first := direct.RangeCode(null, count, nil, 0)
	for _, c := range []struct {
		title string
		code  func() int32
		want  int32
	}{
		{"RangeCode, which asks before and after", func() int32 { return direct.RangeCode(null, count, nil, 0) }, first + 2},
		{"SizedOrCode after NULL", func() int32 { _, code := direct.SizedOrCode(null, count, 0, ""); return code }, first + 3},
		{"SizedOrCode after a result", func() int32 { _, code := direct.SizedOrCode(witness, count, 0, ""); return code }, 0},
		{"RangeCode, after one that did not ask", func() int32 { return direct.RangeCode(null, count, nil, 0) }, first + 5},
	} {
		if code := c.code(); code != c.want {
			t.Errorf("%s: the code is %d, want %d", c.title, code, c.want)
		}
	}
}

// The call comes at every depth that a young goroutine's stack can have, and has the same
// room at all of them.
func TestStackHasRoomAtEveryDepth(t *testing.T) {
	witness := probe.Witness()
	least, moved := ^uintptr(0), 0
	everyDepth(func() {
		var mine byte
		before := uintptr(unsafe.Pointer(&mine))
		direct.Range(witness, nil, 0)
		least = min(least, probe.Last.SP-probe.Last.Low)
		if uintptr(unsafe.Pointer(&mine)) != before {
			moved++
		}
	})
	if least < 2*room {
		t.Errorf("a C function has %d bytes of stack, want %d", least, 2*room)
	}
	if moved == 0 {
		t.Error("no call made the stack grow, so nothing was tried")
	}
}

// When the stack moves on the way in, a name on it has moved before C looks at it.
func TestNameOnTheStackMovesAlong(t *testing.T) {
	witness := probe.Witness()
	moved := 0
	everyDepth(func() {
		var text [16]byte
		before := uintptr(unsafe.Pointer(&text))
		direct.Placed(witness, unsafe.Pointer(&text), 1, unsafe.String(&text[0], len(text)))
		after := uintptr(unsafe.Pointer(&text))
		if v, name := probe.Last.Args[0], probe.Last.Args[2]; v != after || name != after {
			t.Errorf("C got %#x and the name %#x, and both are at %#x", v, name, after)
		}
		if before != after {
			moved++
		}
	})
	if moved == 0 {
		t.Error("no call made the stack grow, so nothing was tried")
	}
}

// everyDepth calls f in goroutines that have used more and more of their stack.
func everyDepth(f func()) {
	for depth := range 200 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			deeper(depth, f)
		}()
		<-done
	}
}

//go:noinline
func deeper(depth int, f func()) byte {
	if depth == 0 {
		f()
		return 0
	}
	var frame [24]byte
	frame[depth%len(frame)] = deeper(depth-1, f)
	return frame[0]
}

// C may leave anything in X15, which is zero in Go code, and in R14, where that keeps its g.
func TestGoFindsItsRegistersAgain(t *testing.T) {
	witness := probe.Witness()
	var big [32]uintptr
	for i := range big {
		big[i] = 1
	}
	direct.Range(witness, nil, 0)
	big = [32]uintptr{} // by X15
	for i, x := range big {
		if x != 0 {
			t.Fatalf("word %d is %#x after clearing", i, x)
		}
	}
}
