package op

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Every line here is in the form that String gives, so that it must come back as it went
// in.
func TestNotationRoundTrip(t *testing.T) {
	for _, line := range []string{
		`alloc 65536 "heap"`,
		`alloc 1`,
		`free +0x0 65536`,
		`free nil 18446744073709551615`,
		`reserve nil 131072 "a \"b\" # c"`,
		`reserve +0x1000 8192`,
		`reserve-aligned 4194304 4194304`,
		`map +0x0 65536 "heap"`,
		`unused +0x0 1`, `used +0x0 1`, `hugepage +0x0 1`, `nohugepage +0x0 1`, `collapse +0x0 1`, `fault +0x10000 1`,
	} {
		o, want, err := Parse(line)
		if err != nil || want != nil {
			t.Errorf("Parse(%s) = %v, %v, %v", line, o, want, err)
		} else if o.String() != line {
			t.Errorf("%s came back as %s", line, o)
		}
	}
}

func TestNotationResults(t *testing.T) {
	for line, want := range map[string]Result{
		`alloc 1 "x"  -> +0x1000 # comment`:    {P: 0x1000},
		`reserve nil 1 -> nil`:                 {P: Nil},
		`reserve-aligned 1 2 -> +0x2000 0x100`: {P: 0x2000, N: 256},
		`reserve-aligned 1 2 -> nil 0`:         {P: Nil},
	} {
		if _, got, err := Parse(line); err != nil || got == nil || *got != want {
			t.Errorf("Parse(%s): result %v, %v; want %v", line, got, err, want)
		}
	}
}

func TestNotationErrorsNameTheFault(t *testing.T) {
	for line, want := range map[string]string{
		``:                           "no op",
		`alloca 1`:                   `unknown op "alloca"`,
		`alloc`:                      "a size in bytes is missing",
		`alloc x`:                    `"x" is not a size`,
		`alloc 18446744073709551616`: "below 2^64",
		`free 0x1000 1`:              `"0x1000" is not an address`,
		`free +0x0 1 -> +0x0`:        "no result",
		`alloc 1 heap`:               `"heap" is not a quoted name`,
		`alloc 1 "heap`:              "has no end",
		`alloc 1 "a" "b"`:            `where -> and the result belong`,
		`alloc 1 -> nil nil`:         "one word too many",
		`reserve-aligned 1 1 -> nil`: "a reserved size is missing",
	} {
		if _, _, err := Parse(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%s): %v; want an error with %q", line, err, want)
		}
	}
}

func TestScriptRoundTrip(t *testing.T) {
	const text = "# what it shows\ninit profile=wasm start=0x10000 initial=0x30000 limit=0x0\nalloc 65536 -> +0x10000\nfree +0x10000 65536\n"
	s, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Write(&out); err != nil || out.String() != text {
		t.Fatalf("%v\ncame back as:\n%s", err, out.String())
	}
	for _, name := range []string{"s.txt", "s.txt.gz"} {
		name = filepath.Join(t.TempDir(), name)
		if err := s.WriteFile(name); err != nil {
			t.Fatal(err)
		}
		if back, err := ReadFile(name); err != nil || !reflect.DeepEqual(back, s) {
			t.Fatalf("%s: %v, %+v", name, err, back)
		}
	}
}

func TestScriptErrorsNameTheLine(t *testing.T) {
	for _, text := range []string{"\nfoo 1\n", "alloc 1\ninit start=0\n", "#\ninit size=1\n", "\ninit start=ten"} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("%q: %v; want an error in line 2", text, err)
		}
	}
}
