//go:build cgo && linux && (amd64 || arm64)

package gosbrk

/*
#include "gosbrk.h"

#define GOSBRK_GO_VERSION "0.2.0"

// The header, as the compiler sees it.
_Static_assert(__builtin_strcmp(GOSBRK_VERSION, GOSBRK_GO_VERSION) == 0,
	"gosbrk.h is version " GOSBRK_VERSION ", package gosbrk is " GOSBRK_GO_VERSION
	": take both from one release ('make lib' in the tree, 'make install' for pkg-config)");
_Static_assert(sizeof(gosbrk_config) == 56 && sizeof(gosbrk_block) == 16 && sizeof(gosbrk_stats) == 1872,
	"gosbrk.h has structs of other sizes than package gosbrk: run 'make lib'");

// What the archive takes gosbrk_config for. One from another release may write
// more than this header's struct holds, so it gets room.
static inline size_t gosbrk_go_config_size(void) {
	union { gosbrk_config c; char room[1024]; } u = {.c = {.size = 0}};
	gosbrk_config_init(&u.c);
	return u.c.size;
}
*/
import "C"

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is the release of this package. The header it was compiled against
// and the library it is linked with are of the same one, or the program does
// not build or does not start.
const Version = C.GOSBRK_GO_VERSION

func init() {
	// The archive, before anything can call into it.
	err := handshake(C.GoString(C.gosbrk_version()), uintptr(C.gosbrk_go_config_size()))
	if err != nil {
		panic(err)
	}
}

// handshake compares what the archive says about itself with what this package
// was compiled for.
func handshake(version string, configSize uintptr) error {
	const fix = "run 'make lib' at the top of the gosbrk tree ('make install' for pkg-config), then build again"
	switch {
	case older(version, Version):
		return fmt.Errorf("gosbrk: libgosbrk.a is version %s, older than package gosbrk %s: %s", version, Version, fix)
	case older(Version, version):
		return fmt.Errorf("gosbrk: package gosbrk is version %s, older than libgosbrk.a %s: update the package, or %s", Version, version, fix)
	case version != Version:
		return fmt.Errorf("gosbrk: libgosbrk.a is version %q, package gosbrk is %s: %s", version, Version, fix)
	case configSize != C.sizeof_gosbrk_config:
		return fmt.Errorf("gosbrk: libgosbrk.a and package gosbrk, both %s, were built from different sources (gosbrk_config is %d and %d bytes): %s",
			Version, configSize, uintptr(C.sizeof_gosbrk_config), fix)
	}
	return nil
}

// older reports whether version a comes before b, both like "1.2.3".
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, xerr := strconv.Atoi(as[i])
		y, yerr := strconv.Atoi(bs[i])
		if xerr != nil || yerr != nil {
			return false
		}
		if x != y {
			return x < y
		}
	}
	return len(as) < len(bs)
}
