package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// events are what go test -json writes.
const events = `{"Action":"run","Package":"a","Test":"T"}
{"Action":"output","Package":"a","Test":"T/x","Output":"first\n"}
{"Action":"output","Package":"a","Test":"T/x","Output":"second\n"}
{"Action":"fail","Package":"a","Test":"T/x"}
{"Action":"fail","Package":"a","Test":"T"}
{"Action":"pass","Package":"a","Test":"U"}
{"Action":"pass","Package":"a","Test":"V/at(0xc0de)"}
{"Action":"fail","Package":"a"}
{"ImportPath":"b [b.test]","Action":"build-output","Output":"does not compile\n"}
{"Action":"fail","Package":"b"}
{"Action":"pass","Package":"c"}
`

func TestFailures(t *testing.T) {
	r, err := read(strings.NewReader(events))
	if err != nil {
		t.Fatal(err)
	}
	x, b := test{"a", "T/x"}, test{"b", ""}
	if got := r.failed(); !slices.Equal(got, []test{x, b}) {
		t.Errorf("what failed is %v, want %v and %v", got, x, b)
	}
	if got := r.outputOf(x); got != "    first\n    second" {
		t.Errorf("it wrote %q", got)
	}
	if got := r.outputOf(b); got != "    does not compile" {
		t.Errorf("the compiler wrote %q", got)
	}
	if want := "1 packages pass, 2 fail; 2 tests pass, 2 fail"; r.summary() != want {
		t.Errorf("the summary is %q, want %q", r.summary(), want)
	}
	control := results{action: map[test]string{b: "fail", {"a", "V/at(0xf00d)"}: "pass"}}
	if got := r.failedUnlike(control); !slices.Equal(got, []test{x}) {
		t.Errorf("what failed here only is %v, want %v", got, x)
	}
	control.action[test{"c", ""}] = "skip"
	if got := r.passedOnly(control); !slices.Equal(got, []test{{"a", "U"}, {"c", ""}}) {
		t.Errorf("what passed here only is %v", got)
	}
	if _, err := read(strings.NewReader("{")); err == nil {
		t.Error("half an event was taken for a whole one")
	}
}

func TestStale(t *testing.T) {
	r, err := read(strings.NewReader(events))
	if err != nil {
		t.Fatal(err)
	}
	// The first fails, one passes, one is a package that passes, and one did not run.
	list := known{{"a", "T/x"}: "why", {"a", "U"}: "why", {"c", ""}: "why", {"d", "W"}: "why"}
	if got := list.stale(r); !slices.Equal(got, []test{{"a", "U"}, {"c", ""}}) {
		t.Errorf("stale are %v, want a U and c", got)
	}
}

func TestKnown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "known")
	text := "# A comment.\n\nplain a T/x it is so\ncompact b - a package # and why\n"
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for layout, want := range map[string]test{"plain": {"a", "T/x"}, "compact": {"b", ""}} {
		known, err := readKnown(file, layout)
		if _, ok := known[want]; err != nil || !ok || len(known) != 1 {
			t.Errorf("for %s known are %v, %v, want %v", layout, known, err, want)
		}
	}
	if err := os.WriteFile(file, []byte("plain a T/x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := readKnown(file, "plain"); err == nil {
		t.Error("a line without a reason was taken")
	}
	if _, err := readKnown("../gosuite/known.txt", "plain"); err != nil {
		t.Error(err)
	}
}
