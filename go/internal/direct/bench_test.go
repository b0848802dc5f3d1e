//go:build linux && (amd64 || arm64)

package direct_test

import (
	"testing"

	"gosbrk/internal/direct"
	"gosbrk/internal/direct/probe"
)

// What a call costs beyond what the C function does, which here is nothing.
func BenchmarkCall(b *testing.B) {
	null := probe.Null()
	for b.Loop() {
		direct.Range(null, nil, 0)
	}
}
