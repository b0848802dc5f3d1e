package engine

import "fmt"

// Fault is why an engine refused a call, numbered as the codes GOSBRK_E_… of the C
// header.
type Fault uint8

// The faults that a call's arguments can have.
const (
	OK Fault = iota
	NoMem
	Zero
	Overflow
	Range
	Unaligned
	Align
	DoubleFree
	Mismatch
)

var faultNames = [...]string{
	"OK", "E_NOMEM", "E_ZERO", "E_OVERFLOW", "E_RANGE", "E_UNALIGNED", "E_ALIGN", "E_DOUBLE_FREE", "E_MISMATCH",
}

// String is the fault's name in the C header, without the prefix.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return fmt.Sprintf("code %d", uint8(f))
}

// Refuser is implemented by engines that refuse misuse instead of doing whatever comes of
// it.
type Refuser interface {
	// Refusal is the fault of the last Do. It is forgotten when read.
	Refusal() Fault
}
