package oracle

import (
	"fmt"
	"syscall"
	"unsafe"
)

// Arena is the memory of a generated package as its system calls see it.
type Arena struct {
	Base  uintptr // where it starts
	Limit uintptr // most bytes it can have
	End   uintptr // where it ends now
}

// baseAlign is what every segment's base is a multiple of, so that alignments up to it
// give the same offsets everywhere.
const baseAlign = 4 << 30

// pageAlign is a multiple of every profile's page, and leastSize saves most changes of
// limit a new mapping.
const (
	pageAlign = 64 << 10
	leastSize = 64 << 20
)

// keepDirty is how much memory a reset clears by hand rather than by the kernel.
const keepDirty = 4 << 20

// memory is address space for an arena. It costs physical memory only where it is
// touched.
type memory struct {
	base uintptr
	size uintptr
}

// reset makes memory for limit bytes, all zero. It was used up to the address end before.
func (m *memory) reset(limit, end uintptr) error {
	if limit > m.size {
		if err := m.unmap(); err != nil {
			return err
		}
		return m.reserve(limit)
	}
	used := unsafe.Slice((*byte)(unsafe.Add(nil, m.base)), end-m.base)
	if len(used) <= keepDirty {
		clear(used)
		return nil
	}
	return syscall.Madvise(used, syscall.MADV_DONTNEED)
}

// reserve maps size bytes at an aligned address.
func (m *memory) reserve(size uintptr) error {
	size = max((size+pageAlign-1)&^(pageAlign-1), leastSize)
	at, err := mmap(size + baseAlign)
	if err != nil {
		return fmt.Errorf("no address space for %d MiB of memory under Go's source: %w", size>>20, err)
	}
	m.base, m.size = (at+baseAlign-1)&^(baseAlign-1), size
	if head := m.base - at; head > 0 {
		err = munmap(at, head)
	}
	if tail := at + baseAlign - m.base; err == nil && tail > 0 {
		err = munmap(m.base+size, tail)
	}
	return err
}

// unmap gives everything back.
func (m *memory) unmap() error {
	base, size := m.base, m.size
	*m = memory{}
	if size == 0 {
		return nil
	}
	return munmap(base, size)
}

func mmap(size uintptr) (uintptr, error) {
	const prot = syscall.PROT_READ | syscall.PROT_WRITE
	const flags = syscall.MAP_PRIVATE | syscall.MAP_ANON | syscall.MAP_NORESERVE
	at, _, errno := syscall.Syscall6(syscall.SYS_MMAP, 0, size, prot, flags, ^uintptr(0), 0)
	if errno != 0 {
		return 0, errno
	}
	return at, nil
}

func munmap(at, size uintptr) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_MUNMAP, at, size, 0); errno != 0 {
		return errno
	}
	return nil
}
