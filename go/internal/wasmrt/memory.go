package wasmrt

import (
	"fmt"
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// memory is the linear memory of a guest. It lies in one mapping as large as it may ever become, so its bytes never move.
type memory struct {
	mapping []byte // pages are only used once touched
	size    uint64 // what the guest has of it
	limit   uint64 // what it may have
	refuse  func() bool
}

var _ experimental.MemoryAllocator = (*memory)(nil)
var _ experimental.LinearMemory = (*memory)(nil)

// newMemory returns a memory that can grow to limit bytes. Each time before it does it asks whether to refuse.
func newMemory(limit uint64, refuse func() bool) (*memory, error) {
	mapping, err := syscall.Mmap(-1, 0, int(limit), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("cannot map %d bytes for the guest's memory: %w", limit, err)
	}
	return &memory{mapping: mapping, limit: limit, refuse: refuse}, nil
}

// Allocate implements experimental.MemoryAllocator for the one guest there is.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory. The guest sees a nil result
// as a failed memory.grow.
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.limit || m.refuse() {
		return nil
	}
	m.size = size
	return m.mapping[:size:size]
}

// Free implements experimental.LinearMemory. The mapping outlives the guest's
// module: it belongs to the guest, which unmaps it.
func (m *memory) Free() {}

// unmap gives the mapping back. No slice of it may be used after this.
func (m *memory) unmap() error {
	mapping := m.mapping
	m.mapping, m.size = nil, 0
	if mapping == nil {
		return nil
	}
	return syscall.Munmap(mapping)
}
