package gosbrk

import (
	"strings"
	"testing"
	"unsafe"
)

func TestHandshake(t *testing.T) {
	size := unsafe.Sizeof(Config{}) + 8 // and its size field
	for _, test := range []struct {
		version string
		size    uintptr
		want    string // "": they agree
	}{
		{Version, size, ""},
		{"0.0.9", size, "libgosbrk.a is version 0.0.9, older than package gosbrk " + Version},
		{"9.0.0", size, "package gosbrk is version " + Version + ", older than libgosbrk.a 9.0.0"},
		{"banana", size, `libgosbrk.a is version "banana"`},
		{"", size, `libgosbrk.a is version ""`},
		{Version, size + 8, "built from different sources"},
	} {
		err := handshake(test.version, test.size)
		if test.want == "" {
			if err != nil {
				t.Errorf("handshake(%q, %d): %v", test.version, test.size, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "make lib") {
			t.Errorf("handshake(%q, %d) = %v, want %q and the remedy", test.version, test.size, err, test.want)
		}
	}
}

func TestOlder(t *testing.T) {
	ascending := []string{"0.0.9", "0.1", "0.1.0", "0.2.0", "0.10.0", "1.0.0", "1.0.1", "10.0.0"}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := older(a, b); got != (i < j) {
				t.Errorf("older(%q, %q) = %v", a, b, got)
			}
		}
	}
}
