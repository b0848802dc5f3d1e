module gosbrk

go 1.24

// Only the tests and commands of this module need it. Later releases say go 1.24.0 in their go.mod, and
// then this module has to: the go command refuses it to a program whose go.mod says go 1.24.
require github.com/tetratelabs/wazero v1.10.1
