package wasmrt

import (
	"gosbrk/internal/engine"
	"gosbrk/internal/gowasm"
)

// Program is the driver (testdata/guest/driver), compiled for WebAssembly by one Go release and so with its runtime.
type Program struct {
	root *gowasm.Root
	code []byte
}

// Build compiles the driver.
func Build(root *gowasm.Root) (*Program, error) {
	guests, err := gowasm.Guests()
	if err != nil {
		return nil, err
	}
	code, err := root.Build(guests, "./driver", linkFlags(root)...)
	if err != nil {
		return nil, err
	}
	return &Program{root, code}, nil
}

// linkFlags lets the driver reach into the runtime: from Go 1.23 on the linker keeps programs out unless it is told otherwise.
func linkFlags(root *gowasm.Root) []string {
	if root.Minor() < 23 {
		return nil
	}
	return []string{"-ldflags=-checklinkname=0"}
}

// Profile is the profile of the program's memory layer.
func (p *Program) Profile() engine.Profile { return p.root.Profile() }
