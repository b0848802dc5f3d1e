// The files below are compiled as part of Go's package runtime, in the Go root
// that the command gosbrk makes. This file keeps them out of every other build.
module gosbrk/runtime

go 1.24
