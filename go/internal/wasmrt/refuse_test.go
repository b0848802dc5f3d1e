package wasmrt

import (
	"syscall"
	"testing"

	"gosbrk/internal/engine"
	"gosbrk/internal/engine/port"
	"gosbrk/internal/lockstep"
	"gosbrk/internal/op"
)

// The real runtime is refused every k-th growth of its memory, and the port is refused the same: both return nil and change
// nothing, and go on from there in lock step.
func TestRefusedGrowth(t *testing.T) {
	forEach(t, func(t *testing.T, e *Engine, releases int) {
		for _, every := range []int{1, 2, 3} {
			e.RefuseEvery = every
			o := &obstructed{Port: port.New(), guest: e}
			r := lockstep.New(e, o)
			report(t, r, random(t, r, e.program.Profile(), *ops/releases/10))
			if o.refused == 0 {
				t.Errorf("with every growth number %d refused, none was", every)
			}
			t.Logf("%d growths refused, every %d", o.refused, every)
			closing(t, o)
		}
	})
}

// obstructed is the port with somebody else's memory right behind its own whenever the guest, which made the same call before,
// had its growth refused.
type obstructed struct {
	*port.Port
	guest   *Engine
	refused int
	last    bool // the last call was obstructed
}

func (o *obstructed) Do(call op.Op) op.Result {
	o.last = o.guest.Refused()
	if !o.last {
		return o.Port.Do(call)
	}
	o.refused++
	var s engine.State
	o.State(&s)
	at := uintptr(o.Base() + s.End)
	mmap(at)
	defer munmap(at)
	return o.Port.Do(call)
}

// foreignBreak is GOSBRK_E_FOREIGN_BREAK.
const foreignBreak engine.Fault = 12

// Refusal tells the runner what it can know: there was no memory.
func (o *obstructed) Refusal() engine.Fault {
	fault := o.Port.Refusal()
	if o.last && fault == foreignBreak {
		return engine.NoMem
	}
	return fault
}

// mmap maps a page at the address, which must be free, and munmap unmaps it.
func mmap(at uintptr) {
	const mapFixedNoreplace = 0x100000
	got, _, errno := syscall.Syscall6(syscall.SYS_MMAP, at, pageSize, syscall.PROT_NONE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON|mapFixedNoreplace, ^uintptr(0), 0)
	if errno != 0 || got != at {
		panic("the memory right behind the port's is taken: " + errno.Error())
	}
}

func munmap(at uintptr) {
	if _, _, errno := syscall.Syscall(syscall.SYS_MUNMAP, at, pageSize, 0); errno != 0 {
		panic(errno)
	}
}
