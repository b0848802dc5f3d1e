package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestBuilds(t *testing.T) {
	all, err := builds("no such command", "stock")
	if err != nil || len(all) != 1 || !all[0].cgo {
		t.Errorf("builds = %v, %v", all, err)
	}
	for _, names := range []string{"", "plain", "stock,other"} {
		if all, err := builds("no such command", names); err == nil {
			t.Errorf("builds(%q) = %v", names, all)
		}
	}
	without := withoutC([]build{{name: "stock", dir: "s", cgo: true}, {name: "plain"}, {name: "compact", dir: "c", cgo: true}})
	if len(without) != 2 || without[0].cgo || without[1].cgo || without[0].dir == "s" {
		t.Errorf("without C the builds are %v", without)
	}
}

// hello has both builds made of a program with and of one without C code.
func TestHasC(t *testing.T) {
	for source, want := range map[string]bool{
		"package main\n\nfunc main() {}\n":                 false,
		"package main\n\nimport \"C\"\n\nfunc main() {}\n": true,
	} {
		p := program{name: "program", source: source}
		binary, err := p.build(t.TempDir(), build{name: "stock", goes: []string{"go"}, dir: "stock", cgo: true})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := hasC(binary); err != nil || got != want {
			t.Errorf("hasC = %v, %v, want %v, for\n%s", got, err, want, source)
		}
	}
}

func TestHalfAnInputIsNotTaken(t *testing.T) {
	input := filepath.Join(t.TempDir(), "input")
	broken := errors.New("broken")
	p := program{prepare: func(dir, _ string) error {
		if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o666); err != nil {
			return err
		}
		return broken
	}}
	if err := p.prepareOnce(input, ""); err != broken {
		t.Errorf("prepareOnce = %v", err)
	}
	if _, err := os.Stat(input); err == nil {
		t.Error("there is an input")
	}
	broken = nil
	if err := p.prepareOnce(input, ""); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(input, "a")); err != nil {
		t.Error(err)
	}
}

func TestVariables(t *testing.T) {
	kib := func(size string) int64 {
		p := program{name: "program", source: "package main\n\nvar big [" + size + "]byte\n\nfunc main() { println(big[len(big)-1]) }\n"}
		binary, err := p.build(t.TempDir(), build{name: "stock", goes: []string{"go"}, dir: "stock", cgo: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := variables(binary)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if more := kib("33 << 20") - kib("1 << 20"); more != 32<<10 {
		t.Errorf("32 MiB of variables are %d KiB", more)
	}
}
