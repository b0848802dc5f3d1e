//go:build linux && (amd64 || arm64)

// Package probe has functions for package direct's tests to call as if they were C's. They
// are assembly, because they tell about a call what no C function can.
package probe

// Call is how a function was called.
type Call struct {
	SP   uintptr    // the stack pointer as the function began
	Low  uintptr    // the lower end of the goroutine's stack
	Args [4]uintptr // the arguments' registers
}

// Last is the last call of the function that Witness is the address of.
var Last Call

// Witness returns the address of a function that fills in Last, puts other values in all
// registers that a C function may use as it likes, and returns Last's address.
func Witness() uintptr

// Store returns the address of a function that stores its first argument where its third
// one points to, takes 1024 bytes of stack and fills them, and returns its second argument.
func Store() uintptr

// Null returns the address of a function that returns NULL.
func Null() uintptr

// Count returns the address of a function that returns how often it was called before.
func Count() uintptr
