package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"unsafe"

	"gosbrk"
	"gosbrk/internal/engine"
	"gosbrk/internal/op"
	"gosbrk/internal/oracle"
	"gosbrk/internal/way"
)

// side is a memory layer: what Go's runtime calls.
type side struct {
	way.Calls

	// init starts afresh, and returns where offset 0 is.
	init func() (uintptr, error)
}

func newSide(name string, p *plan) (*side, error) {
	switch name {
	case "cgo":
		return library(way.Cgo, p), nil
	case "direct":
		return library(way.Direct, p), nil
	case "go":
		return ownSource(p)
	}
	return nil, fmt.Errorf("there is no side %q here: cgo, direct, go", name)
}

// library is gosbrk, called in one of two ways.
func library(calls *way.Calls, p *plan) *side {
	cfg := gosbrk.Config{Profile: gosbrk.Profile(p.profile), Start: uintptr(p.start), Initial: uintptr(p.initial)}
	return &side{
		Calls: *calls,
		init: func() (uintptr, error) {
			err := gosbrk.Init(cfg)
			return gosbrk.Base(), err
		},
	}
}

// room is how far Go's own code may move the break of the Plan 9 profile: more than any plan takes. Its memory is address space
// that is mapped beforehand, so its break moves without a system call.
const room = 2 << 40

// ownSource is Go's own code, of the release that has the plan's profile. It has one thread's lock, a variable: where a plan
// has more, a mutex stands before it.
func ownSource(p *plan) (*side, error) {
	profile := engine.Profile(p.profile)
	all := oracle.Sources()
	i := slices.IndexFunc(all, func(s *oracle.Source) bool { return s.Profile == profile })
	if i < 0 {
		return nil, fmt.Errorf("no Go release here has the profile %v", profile)
	}
	src := all[i]
	cfg := engine.Config{Profile: profile, Start: uint64(p.start), Initial: uint64(p.initial)}
	if profile == engine.Plan9 {
		cfg.Limit = room
	}
	advice := func(k op.Kind) func(unsafe.Pointer, uintptr) {
		f := src.Advice[k]
		return func(v unsafe.Pointer, n uintptr) { f(v, n, "") }
	}
	s := &side{
		Calls: way.Calls{
			SysAllocOS:            src.SysAllocOS,
			SysFreeOS:             src.SysFreeOS,
			SysReserveOS:          src.SysReserveOS,
			SysReserveAlignedSbrk: src.SysReserveAligned,
			SysMapOS:              src.Advice[op.Map],
			SysUnusedOS:           advice(op.Unused),
			SysUsedOS:             advice(op.Used),
			SysHugePageOS:         advice(op.HugePage),
			SysNoHugePageOS:       advice(op.NoHugePage),
			SysHugePageCollapseOS: advice(op.Collapse),
			SysFaultOS:            advice(op.Fault),
		},
		init: restarter(src.Engine(), cfg),
	}
	if p.threads > 1 {
		s.lock()
	}
	return s, nil
}

// restarter makes the function that starts an engine afresh, in memory without physical pages, as the library's own segment.
func restarter(e engine.Engine, cfg engine.Config) func() (uintptr, error) {
	started := false
	return func() (uintptr, error) {
		var err error
		if started {
			err = syscall.Madvise(e.Mem(), syscall.MADV_DONTNEED)
		}
		started = true
		err = errors.Join(err, e.Init(cfg))
		return uintptr(e.Base()), err
	}
}

// lock lets one thread at a time allocate and free.
func (s *side) lock() {
	var mu sync.Mutex
	alloc, free := s.SysAllocOS, s.SysFreeOS
	s.SysAllocOS = func(n uintptr, vmaName string) unsafe.Pointer {
		mu.Lock()
		p := alloc(n, vmaName)
		mu.Unlock()
		return p
	}
	s.SysFreeOS = func(v unsafe.Pointer, n uintptr) {
		mu.Lock()
		free(v, n)
		mu.Unlock()
	}
}
