// Package engine says what an engine is: one implementation of the sbrk memory layer that
// can be driven op by op and looked into.
package engine

import (
	"fmt"

	"gosbrk/internal/op"
)

// Block is one block of the free list.
type Block struct {
	Addr uint64 // offset from the base
	Size uint64
}

// State is all that a memory layer knows, but for the bytes of its memory. Addresses are
// offsets from the base.
type State struct {
	Bloc    uint64
	BlocMax uint64
	// End is the end of the memory that may be handed out or mapped: BlocMax, but in
	// profile WasmGo121 the end of memory.
	End  uint64
	Free []Block // the free list in its own order
}

// Engine is one implementation of the memory layer. It is used by one goroutine at a
// time.
//
// An engine that notices by itself that it is broken (a lock taken twice, memory written
// that is not its own) panics with a *Failure.
type Engine interface {
	// Name says which implementation this is, for reports.
	Name() string
	// Init starts a fresh segment; whatever there was before is gone.
	Init(Config) error
	// Supports reports whether the engine has this function in the profile of its last
	// Init.
	Supports(op.Kind) bool
	// Do makes one call.
	Do(op.Op) op.Result
	// State fills in *s, and reuses the storage of s.Free.
	State(s *State)
	// Mem is the memory [base, End), to be read and, where it is live, to be written. It
	// is nil if the engine has no bytes.
	Mem() []byte
	// Base is the absolute address of offset 0: what to subtract from the links in the
	// headers of free blocks.
	Base() uint64
	// Close gives the memory back.
	Close() error
}

// Picky is implemented by engines that have a function but must not be given every proper
// call of it.
type Picky interface {
	// Takes reports whether the engine may be given o.
	Takes(o op.Op) bool
}

// Takes reports whether e may be given o.
func Takes(e Engine, o op.Op) bool {
	if !e.Supports(o.Kind) {
		return false
	}
	p, picky := e.(Picky)
	return !picky || p.Takes(o)
}

// Guest is implemented by engines that cannot start as they are told, because they are
// inside a running program, which has used the layer for itself by then. Their Init takes
// from the configuration only the profile and, as the limit, how much memory may be had
// on top of what the program has. What they tell here holds from one Init to the next.
type Guest interface {
	// Prologue says how another engine gets into the state in which this one is after
	// Init: the configuration to start it with, and the calls to make then.
	Prologue() (Config, []op.Op)
	// Foreign lists the memory that the program holds for itself, in address order. No
	// call gives out or touches any of it, and what is in there is nobody else's
	// business.
	Foreign() []Block
}

// Failure is what an engine panics with when it finds itself broken.
type Failure struct {
	Engine string
	Reason string
}

// Error says which engine failed and how.
func (f *Failure) Error() string { return fmt.Sprintf("engine %s failed: %s", f.Engine, f.Reason) }
