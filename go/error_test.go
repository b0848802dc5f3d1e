package gosbrk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gosbrk"
)

func TestErrors(t *testing.T) {
	all := []gosbrk.Error{
		gosbrk.ErrNoMem, gosbrk.ErrZero, gosbrk.ErrOverflow, gosbrk.ErrRange, gosbrk.ErrUnaligned, gosbrk.ErrAlign, gosbrk.ErrDoubleFree,
		gosbrk.ErrMismatch, gosbrk.ErrCorrupt, gosbrk.ErrDirty, gosbrk.ErrReentrant, gosbrk.ErrForeignBreak, gosbrk.ErrConfig,
	}
	seen := make(map[string]gosbrk.Error)
	for i, e := range all {
		if int(e) != i+1 {
			t.Errorf("%v is code %d, want %d", e, int(e), i+1)
		}
		text := e.Error()
		words, ok := strings.CutPrefix(text, "gosbrk: ")
		if !ok || words == "" {
			t.Errorf("code %d: text %q", int(e), text)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("codes %d and %d have the same text %q", int(other), int(e), text)
		}
		seen[text] = e

		wrapped := fmt.Errorf("loading the index: %w", e)
		var as gosbrk.Error
		if !errors.Is(wrapped, e) || !errors.As(wrapped, &as) || as != e {
			t.Errorf("code %d does not survive wrapping", int(e))
		}
		if errors.Is(wrapped, all[(i+1)%len(all)]) {
			t.Errorf("code %d is another error, too", int(e))
		}
	}
	// A code that this release does not know still has a text.
	if text := gosbrk.Error(9999).Error(); len(text) <= len("gosbrk: ") {
		t.Errorf("code 9999: text %q", text)
	}
}
