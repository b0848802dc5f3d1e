package engine

import (
	"testing"

	"gosbrk/internal/op"
)

func TestProfilesAreFoundByName(t *testing.T) {
	for _, p := range Profiles() {
		if got, err := ParseProfile(p.String()); err != nil || got != p {
			t.Errorf("ParseProfile(%s) = %v, %v", p, got, err)
		}
	}
	if _, err := ParseProfile("linux"); err == nil {
		t.Error("linux is a profile")
	}
}

func TestRoundIsMemRound(t *testing.T) {
	for _, c := range []struct {
		p       Profile
		n, want uint64
	}{{Plan9, 0, 0}, {Plan9, 1, 4096}, {Plan9, 4096, 4096}, {Wasm, 4097, 65536}, {WasmGo121, 65537, 131072}, {Plan9, 1<<64 - 1, 0}} {
		if got := c.p.Round(c.n); got != c.want {
			t.Errorf("%v: Round(%d) = %d, want %d", c.p, c.n, got, c.want)
		}
	}
}

func TestConfigSurvivesItsScript(t *testing.T) {
	c := Config{Profile: WasmGo121, Start: 1, Initial: 2, Limit: 3}
	if got, err := ConfigOf(c.Init()); err != nil || got != c {
		t.Errorf("%v came back as %v, %v", c, got, err)
	}
	if got, err := ConfigOf(nil); err != nil || got != (Config{}) {
		t.Errorf("a script without an init line has %v, %v", got, err)
	}
	if _, err := ConfigOf(&op.Init{Profile: "linux"}); err == nil {
		t.Error("a script may have an unknown profile")
	}
}
