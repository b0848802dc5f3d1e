module gosbrk

go 1.24.0

// The last release that Go 1.24 can compile. Only the tests and commands of this module need it.
require github.com/tetratelabs/wazero v1.11.0

require golang.org/x/sys v0.38.0 // indirect
