package oracle

import (
	"cmp"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"unsafe"

	"gosbrk/internal/engine"
	"gosbrk/internal/op"
)

// Source is one generated package: which Go source it is, and its variables and functions
// under the names they have there. Its init function registers it.
type Source struct {
	Releases []string // the Go releases with this source, oldest first
	Hash     string   // of the files it was generated from
	Profile  engine.Profile
	FreesNil bool // whether sysFreeOS looks for nil (Go 1.27)

	Arena        *Arena
	PhysPageSize *uintptr
	DataEnd      *uintptr // firstmoduledata.end
	Bloc         *uintptr
	BlocMax      *uintptr
	MemFreelist  *uintptr
	Locked       *bool // whether memlock is held

	InitBloc   func()
	SysAllocOS func(n uintptr, vmaName string) unsafe.Pointer
	SysFreeOS  func(v unsafe.Pointer, n uintptr)

	SysReserveOS func(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer
	// SysReserveAligned is sysReserveAlignedSbrk; in Go 1.21 to 1.23, sysReserveAligned.
	SysReserveAligned func(size, align uintptr) (unsafe.Pointer, uintptr)
	// Advice are the functions that take a range and return nothing.
	Advice map[op.Kind]func(v unsafe.Pointer, n uintptr, vmaName string)

	memory memory
}

var registry []*Source

// Register adds a source. Generated packages call it from init.
func Register(s *Source) { registry = append(registry, s) }

// Sources are the sources that were compiled into this program, oldest release first.
func Sources() []*Source {
	slices.SortFunc(registry, func(a, b *Source) int {
		return cmp.Or(compareReleases(a.Releases[0], b.Releases[0]), cmp.Compare(a.Profile, b.Profile))
	})
	return registry
}

// Title names the releases.
func (s *Source) Title() string { return strings.Join(s.Releases, "=") }

// Engine returns the source as an engine. A source has one set of variables, so it can be
// in use in one place at a time.
func (s *Source) Engine() engine.Engine { return &source{Source: s} }

// source drives a Source.
type source struct {
	*Source
	cfg engine.Config
}

// Name is "source" and the releases.
func (s *source) Name() string { return "source " + s.Title() }

// Init is what the runtime does at its start: initBloc, and on wasm osinit.
func (s *source) Init(cfg engine.Config) error {
	if cfg.Profile != s.Profile {
		return fmt.Errorf("%s is of profile %s, not %s", s.Name(), s.Profile, cfg.Profile)
	}
	round := cfg.Profile.Round
	start, initial := round(cfg.Start), round(cfg.Initial)
	if cfg.Limit == 0 {
		cfg.Limit = 1 << 32
	}
	if initial == 0 {
		initial = start
	}
	if start > initial || initial > cfg.Limit {
		return fmt.Errorf("%s: %v: must be start <= initial <= limit", s.Name(), cfg)
	}
	if err := s.memory.reset(uintptr(cfg.Limit), s.Arena.End); err != nil {
		return err
	}
	s.cfg = cfg
	*s.Arena = Arena{Base: s.memory.base, Limit: uintptr(cfg.Limit), End: s.memory.base + uintptr(initial)}
	*s.PhysPageSize = uintptr(cfg.Profile.PageSize())
	*s.DataEnd = s.memory.base + uintptr(cfg.Start)
	*s.MemFreelist = 0
	*s.Locked = false
	s.InitBloc()
	if cfg.Profile != engine.WasmGo121 {
		*s.BlocMax = s.Arena.End
	}
	return nil
}

// Supports reports whether this source has the function.
func (s *source) Supports(k op.Kind) bool {
	return k != op.ReserveAligned || s.SysReserveAligned != nil
}

// Takes refuses a free of nil before the release that looks for it: it clears memory from
// address 0 there.
func (s *source) Takes(o op.Op) bool {
	return o.Kind != op.Free || o.V != op.Nil || s.FreesNil
}

// Do makes one call, and fails if it throws, faults, or comes back with the lock held. A
// fault is only seen as one where the caller has called debug.SetPanicOnFault.
func (s *source) Do(o op.Op) (r op.Result) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case *engine.Failure:
			panic(cause)
		case interface{ Thrown() []any }:
			s.fail("throw: " + fmt.Sprint(cause.Thrown()...))
		default:
			s.fail(fmt.Sprintf("%v%s", cause, ownFrames(debug.Stack())))
		}
	}()
	r = s.call(o)
	if *s.Locked {
		s.fail("the call returned with memlock held")
	}
	return r
}

// ownFrames are the lines of a stack trace that are of generated packages. They name the
// files of the Go root.
func ownFrames(stack []byte) string {
	var own string
	lines := strings.Split(string(stack), "\n")
	for i := 0; i+1 < len(lines); i++ {
		if _, function, found := strings.Cut(lines[i], "/oracle/generated/"); found {
			own += "\n    " + function + strings.TrimSpace(lines[i+1])
		}
	}
	return own
}

func (s *source) fail(reason string) {
	panic(&engine.Failure{Engine: s.Name(), Reason: reason})
}

func (s *source) call(o op.Op) op.Result {
	v, n := s.pointer(o.V), uintptr(o.N)
	switch o.Kind {
	case op.Alloc:
		return op.Result{P: s.offset(s.SysAllocOS(n, o.Name))}
	case op.Free:
		s.SysFreeOS(v, n)
	case op.Reserve:
		return op.Result{P: s.offset(s.SysReserveOS(v, n, o.Name))}
	case op.ReserveAligned:
		p, reserved := s.SysReserveAligned(n, uintptr(o.Align))
		return op.Result{P: s.offset(p), N: uint64(reserved)}
	default:
		s.Advice[o.Kind](v, n, o.Name)
	}
	return op.Result{}
}

func (s *source) pointer(v op.Ptr) unsafe.Pointer {
	if v == op.Nil {
		return nil
	}
	return unsafe.Add(nil, s.memory.base+uintptr(v))
}

func (s *source) offset(p unsafe.Pointer) op.Ptr {
	if p == nil {
		return op.Nil
	}
	return op.Ptr(uintptr(p) - s.memory.base)
}

// State walks memFreelist. A list that leaves the memory, or has more blocks than there
// are pages, fails.
func (s *source) State(st *engine.State) {
	base := s.memory.base
	*st = engine.State{
		Bloc:    uint64(*s.Bloc - base),
		BlocMax: uint64(*s.BlocMax - base),
		End:     uint64(s.Arena.End - base),
		Free:    st.Free[:0],
	}
	most := int(min(st.End/s.cfg.Profile.PageSize(), math.MaxInt32))
	for at := *s.MemFreelist; at != 0; {
		addr := uint64(at - base)
		if addr > st.End-min(st.End, headerSize) {
			s.fail(fmt.Sprintf("the free list leads to %v, outside of the memory, which ends at %v", op.Ptr(addr), op.Ptr(st.End)))
		}
		if len(st.Free) > most {
			s.fail(fmt.Sprintf("the free list has no end: it begins %v", st.Free[:min(8, most)]))
		}
		h := (*header)(unsafe.Add(nil, at))
		st.Free = append(st.Free, engine.Block{Addr: addr, Size: uint64(h.size)})
		at = h.next
	}
}

// header is memHdr.
type header struct{ next, size uintptr }

const headerSize = uint64(unsafe.Sizeof(header{}))

// Mem is the memory up to its present end.
func (s *source) Mem() []byte {
	return unsafe.Slice((*byte)(unsafe.Add(nil, s.memory.base)), s.Arena.End-s.Arena.Base)
}

// Base is the memory's address.
func (s *source) Base() uint64 { return uint64(s.memory.base) }

// Close gives the memory back.
func (s *source) Close() error { return s.memory.unmap() }
