package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

const pageSize = 4096

// purpose names every allocation of a plan of slots.
const purpose = "bench"

// slot is where a plan keeps one allocation.
type slot struct {
	p unsafe.Pointer
	n uintptr
}

// timer is time taken, and for how many passes.
type timer struct {
	took   time.Duration
	passes int
}

// measure does what a plan says until the time is up, and times it.
func measure(s *side, p *plan, enough time.Duration) (t timer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	runtime.LockOSThread()
	switch {
	case p.threads > 1:
		return threads(s, p)
	case !p.ofSlots():
		return calls(s, p, enough)
	}
	if _, err := s.init(); err != nil {
		return t, err
	}
	slots := make([]slot, p.slots)
	s.run(slots, p.setup)
	t.passes = p.passes
	if p.passes == 0 {
		s.run(slots, p.measured) // warms up
		t.passes = 1
	}
	for {
		start := time.Now()
		for range t.passes {
			s.run(slots, p.measured)
		}
		t.took = time.Since(start)
		if t.took >= enough || p.passes > 0 {
			return t, nil
		}
		wanted := 1.2 * float64(enough) / float64(max(t.took, 100))
		t.passes *= int(min(max(wanted, 2), 100))
	}
}

// calls makes the calls of a trace, from an empty heap each time.
func calls(s *side, p *plan, enough time.Duration) (timer, error) {
	var t timer
	for pass := 0; t.took < enough || t.passes == 0; pass++ {
		base, err := s.init()
		if err != nil {
			return t, err
		}
		start := time.Now()
		for i := range p.measured {
			s.call(base, &p.measured[i])
		}
		if took := time.Since(start); pass > 0 { // the first warms up
			t.took += took
			t.passes++
		}
	}
	return t, nil
}

// threads runs a plan of slots in as many threads as it wants, from the first start to the last end.
func threads(s *side, p *plan) (timer, error) {
	if _, err := s.init(); err != nil {
		return timer{}, err
	}
	var ready, done sync.WaitGroup
	starts, ends := make([]time.Time, p.threads), make([]time.Time, p.threads)
	for i := range p.threads {
		ready.Add(1)
		done.Add(1)
		go func() {
			runtime.LockOSThread()
			defer done.Done()
			defer exitOnPanic()
			slots := make([]slot, p.slots)
			s.run(slots, p.setup)
			ready.Done()
			ready.Wait()
			starts[i] = time.Now()
			for range p.passes {
				s.run(slots, p.measured)
			}
			ends[i] = time.Now()
		}()
	}
	done.Wait()
	first, last := starts[0], ends[0]
	for i := range starts {
		if starts[i].Before(first) {
			first = starts[i]
		}
		if ends[i].After(last) {
			last = ends[i]
		}
	}
	return timer{last.Sub(first), p.threads * p.passes}, nil
}

// exitOnPanic ends the program where the other threads would wait for ever.
func exitOnPanic() {
	if r := recover(); r != nil {
		fmt.Fprintln(os.Stderr, r)
		os.Exit(1)
	}
}

// run does steps of slots.
func (s *side) run(slots []slot, steps []step) {
	for i := range steps {
		st := &steps[i]
		for at, left := st.slot, st.count; left > 0; at, left = at+st.stride, left-1 {
			switch st.kind {
			case alloc, fill:
				slots[at] = slot{s.given(st.bytes), st.bytes}
			case free:
				s.SysFreeOS(slots[at].p, slots[at].n)
			case pair:
				s.SysFreeOS(s.given(st.bytes), st.bytes)
			case touch:
				write(unsafe.Add(slots[at].p, st.at), st)
			default:
				panic("a step of the layer among those of slots")
			}
		}
	}
}

func (s *side) given(n uintptr) unsafe.Pointer {
	p := s.SysAllocOS(n, purpose)
	if p == nil {
		panic(fmt.Sprintf("out of memory, for %d bytes", n))
	}
	return p
}

// call makes one call of the layer.
func (s *side) call(base uintptr, st *step) {
	var v, p unsafe.Pointer
	if st.at != none {
		v = unsafe.Add(unsafe.Pointer(nil), base+st.at)
	}
	switch st.kind {
	case sysAlloc:
		p = s.SysAllocOS(st.bytes, st.name)
	case sysReserve:
		p = s.SysReserveOS(v, st.bytes, st.name)
	case sysReserveAligned:
		p, _ = s.SysReserveAlignedSbrk(st.bytes, st.at)
	case sysFree:
		s.SysFreeOS(v, st.bytes)
		return
	case sysMap:
		s.SysMapOS(v, st.bytes, st.name)
		return
	case sysUnused:
		s.SysUnusedOS(v, st.bytes)
		return
	case sysUsed:
		s.SysUsedOS(v, st.bytes)
		return
	case sysHugePage:
		s.SysHugePageOS(v, st.bytes)
		return
	case sysNoHugePage:
		s.SysNoHugePageOS(v, st.bytes)
		return
	case sysHugePageCollapse:
		s.SysHugePageCollapseOS(v, st.bytes)
		return
	case sysFault:
		s.SysFaultOS(v, st.bytes)
		return
	case touchAt:
		write(v, st)
		return
	default:
		panic("a step of slots among those of the layer")
	}
	got := uintptr(none)
	if p != nil {
		got = uintptr(p) - base
	}
	if got != st.want {
		panic(fmt.Sprintf("%s %d gave %#x, not %#x: the run went another way than the trace", words[st.kind], st.bytes, got, st.want))
	}
}

// write writes to every page of what a step names. What was there is swapped out,
// since a page that is read before it is written to costs two page faults.
func write(p unsafe.Pointer, st *step) {
	for at := uintptr(0); at < st.bytes; at += pageSize {
		if was := atomic.SwapUint32((*uint32)(unsafe.Add(p, at)), 1); was != 0 && st.want != none {
			panic("memory that was handed out is not zero")
		}
	}
}
