package engine

import (
	"fmt"
	"slices"
	"strings"

	"gosbrk/internal/op"
)

// Profile is the kind of system the memory layer stands on.
type Profile uint8

// The profiles, numbered as in the C header.
const (
	Plan9     Profile = iota // 4 KiB pages, brk_
	Wasm                     // 64 KiB pages, memory.grow; Go 1.24 and later
	WasmGo121                // the same with the sbrk of Go 1.21 to 1.23, which only ever grows
	numProfiles
)

var profileNames = [numProfiles]string{"plan9", "wasm", "wasm_go121"}

// Profiles lists every profile, in order.
func Profiles() []Profile { return []Profile{Plan9, Wasm, WasmGo121} }

// String is the profile's name in scripts and flags.
func (p Profile) String() string {
	if p < numProfiles {
		return profileNames[p]
	}
	return fmt.Sprintf("profile(%d)", uint8(p))
}

// ParseProfile finds the profile of that name.
func ParseProfile(name string) (Profile, error) {
	i := slices.Index(profileNames[:], name)
	if i < 0 {
		return 0, fmt.Errorf("unknown profile %q (known: %s)", name, strings.Join(profileNames[:], ", "))
	}
	return Profile(i), nil
}

// PageSize is the profile's physPageSize.
func (p Profile) PageSize() uint64 {
	if p == Plan9 {
		return 4096
	}
	return 65536
}

// Round is memRound: n up to a whole number of pages. It wraps to 0 as Go's does.
func (p Profile) Round(n uint64) uint64 {
	mask := p.PageSize() - 1
	return (n + mask) &^ mask
}

// Config says how a segment starts. Sizes and addresses are offsets from the base.
type Config struct {
	Profile Profile
	Start   uint64 // first bloc
	Initial uint64 // first blocMax; 0: the same as bloc
	Limit   uint64 // most bytes the break may reach; 0: the profile's
}

// String is the configuration as the first line of a script.
func (c Config) String() string { return c.Init().String() }

// ConfigOf reads the first line of a script; nil is plan9 with everything zero.
func ConfigOf(i *op.Init) (Config, error) {
	if i == nil {
		return Config{}, nil
	}
	p, err := ParseProfile(i.Profile)
	return Config{Profile: p, Start: i.Start, Initial: i.Initial, Limit: i.Limit}, err
}

// Init is the configuration as the first line of a script.
func (c Config) Init() *op.Init {
	return &op.Init{Profile: c.Profile.String(), Start: c.Start, Initial: c.Initial, Limit: c.Limit}
}
