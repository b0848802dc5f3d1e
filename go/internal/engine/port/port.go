// Package port is the engine under test: this project's library, through its Go binding.
package port

import (
	"runtime"
	"unsafe"

	"gosbrk"
	"gosbrk/internal/engine"
	"gosbrk/internal/op"
	"gosbrk/internal/way"
)

// Port is the engine. The library has one segment in a process, so there can be only one
// Port in use.
type Port struct {
	name   string
	calls  *way.Calls
	cfg    engine.Config
	base   uintptr
	end    uint64 // of memory, in profile WasmGo121
	blocks []gosbrk.Block
	code   gosbrk.Error // of the last Do
}

// New returns the engine, called through cgo; it awaits Init.
func New() *Port { return &Port{name: "port", calls: way.Cgo} }

// NewDirect returns the engine, called without cgo (gosbrk.Direct); it awaits Init.
func NewDirect() *Port { return &Port{name: "port, direct", calls: way.Direct} }

// Name is "port", or "port, direct".
func (p *Port) Name() string { return p.name }

// Init starts a fresh segment that refuses misuse with a code.
func (p *Port) Init(cfg engine.Config) error {
	p.cfg = cfg
	err := gosbrk.Init(gosbrk.Config{
		Profile: gosbrk.Profile(cfg.Profile),
		Misuse:  gosbrk.MisuseReport,
		Start:   uintptr(cfg.Start),
		Initial: uintptr(cfg.Initial),
		Limit:   uintptr(cfg.Limit),
	})
	p.base = gosbrk.Base()
	p.end = cfg.Profile.Round(max(cfg.Start, cfg.Initial))
	return err
}

// Supports is true of everything.
func (p *Port) Supports(op.Kind) bool { return true }

// Do makes one call. The library keeps its fault per thread.
func (p *Port) Do(o op.Op) op.Result {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r := p.call(o)
	p.code, _ = gosbrk.LastError().(gosbrk.Error)
	return r
}

func (p *Port) call(o op.Op) op.Result {
	v, n := p.pointer(o.V), uintptr(o.N)
	switch o.Kind {
	case op.Alloc:
		return p.gave(p.calls.SysAllocOS(n, o.Name), o.N)
	case op.Free:
		p.calls.SysFreeOS(v, n)
	case op.Reserve:
		return p.gave(p.calls.SysReserveOS(v, n, o.Name), o.N)
	case op.ReserveAligned:
		at, reserved := p.calls.SysReserveAlignedSbrk(n, uintptr(o.Align))
		r := p.gave(at, uint64(reserved))
		r.N = uint64(reserved)
		return r
	case op.Map:
		p.calls.SysMapOS(v, n, o.Name)
	case op.Unused:
		p.calls.SysUnusedOS(v, n)
	case op.Used:
		p.calls.SysUsedOS(v, n)
	case op.HugePage:
		p.calls.SysHugePageOS(v, n)
	case op.NoHugePage:
		p.calls.SysNoHugePageOS(v, n)
	case op.Collapse:
		p.calls.SysHugePageCollapseOS(v, n)
	case op.Fault:
		p.calls.SysFaultOS(v, n)
	}
	return op.Result{}
}

// gave is the result of a call that returned at, with n bytes there.
func (p *Port) gave(at unsafe.Pointer, n uint64) op.Result {
	if at == nil {
		return op.Result{P: op.Nil}
	}
	offset := uint64(uintptr(at) - p.base)
	p.end = max(p.end, offset+p.cfg.Profile.Round(n))
	return op.Result{P: op.Ptr(offset)}
}

func (p *Port) pointer(v op.Ptr) unsafe.Pointer {
	if v == op.Nil {
		return nil
	}
	return unsafe.Add(nil, p.base+uintptr(v))
}

// Refusal is the library's error code for the last call.
func (p *Port) Refusal() engine.Fault {
	code := p.code
	p.code = 0
	return engine.Fault(code)
}

// State asks the library. The end of memory, where it is not blocMax, the library does
// not tell: it is the highest byte that was ever handed out or is free.
func (p *Port) State(s *engine.State) {
	*s = engine.State{
		Bloc:    uint64(gosbrk.Bloc() - p.base),
		BlocMax: uint64(gosbrk.BlocMax() - p.base),
		Free:    s.Free[:0],
	}
	p.blocks = gosbrk.AppendFreeList(p.blocks[:0])
	for _, b := range p.blocks {
		s.Free = append(s.Free, engine.Block{Addr: uint64(b.Addr - p.base), Size: uint64(b.Size)})
	}
	if p.cfg.Profile != engine.WasmGo121 {
		p.end = s.BlocMax
	} else if k := len(s.Free); k > 0 {
		p.end = max(p.end, s.Free[k-1].Addr+s.Free[k-1].Size)
	}
	s.End = p.end
}

// Mem is the segment itself. It is as of the last State.
func (p *Port) Mem() []byte {
	return unsafe.Slice((*byte)(unsafe.Add(nil, p.base)), p.end)
}

// Base is the segment's address.
func (p *Port) Base() uint64 { return uint64(p.base) }

// Close starts an empty segment in place of the last one, which gives its memory back.
func (p *Port) Close() error { return gosbrk.Init(gosbrk.Config{}) }
