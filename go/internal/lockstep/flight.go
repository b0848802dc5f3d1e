package lockstep

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Flight is a flight recorder: a file in memory that has the calls since the segment
// started, whatever becomes of the process. A nil Flight records nothing.
type Flight struct {
	record *flightRecord
	mapped []byte
}

// flightOps is how many calls fit. Those beyond are not recorded.
const flightOps = 1 << 18

// flightRecord is the file's contents.
type flightRecord struct {
	landed uint64 // not 0: the process came to its end
	cfg    engine.Config
	count  uint64 // calls since the start, also those that did not fit
	calls  [flightOps]struct {
		kind        op.Kind
		v, n, align uint64
	}
}

// OpenFlight maps a flight recorder's file, and makes it if need be.
func OpenFlight(name string) (*Flight, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const size = int(unsafe.Sizeof(flightRecord{}))
	if err := f.Truncate(int64(size)); err != nil {
		return nil, err
	}
	mapped, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", name, err)
	}
	return &Flight{(*flightRecord)(unsafe.Pointer(unsafe.SliceData(mapped))), mapped}, nil
}

// Close unmaps the file.
func (f *Flight) Close() error { return syscall.Munmap(f.mapped) }

// Land notes that the process has come to its end, whatever it found.
func (f *Flight) Land() { f.record.landed = 1 }

// Landed reports whether it did.
func (f *Flight) Landed() bool { return f.record.landed != 0 }

func (f *Flight) start(cfg engine.Config) {
	if f != nil {
		f.record.cfg, f.record.count = cfg, 0
	}
}

func (f *Flight) put(o op.Op) {
	if f == nil {
		return
	}
	if i := f.record.count; i < flightOps {
		c := &f.record.calls[i]
		c.kind, c.v, c.n, c.align = o.Kind, uint64(o.V), o.N, o.Align
	}
	f.record.count++
}

// Script is what was recorded since the last start.
func (f *Flight) Script() (*op.Script, error) {
	if f.record.count > flightOps {
		return nil, errors.New("more calls were made in one segment than the flight recorder holds")
	}
	s := &op.Script{Init: f.record.cfg.Init()}
	for _, c := range f.record.calls[:f.record.count] {
		s.Steps = append(s.Steps, op.Step{Op: op.Op{Kind: c.kind, V: op.Ptr(c.v), N: c.n, Align: c.align}})
	}
	return s, nil
}
