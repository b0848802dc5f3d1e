// Command driver hands the sbrk memory layer of its own, unmodified runtime to
// its host. Built for wasip1, it tells the host where the layer's variables
// and a request live in its memory, and then performs one request after
// another on the real functions of the runtime.
//
// It must not allocate once it serves: every change of the layer is meant to
// be the host's. So it starts no goroutine, holds all it needs in one static
// variable, and is run with the garbage collector off. To let the host check
// this it notes the layer's state right before and right after each call.
package main

import "unsafe"

// state is what the layer's own variables hold.
type state struct {
	bloc, blocMax, freelist uintptr
}

// request is one call. The host fills in the upper half and reads the lower
// half; the layout is part of their agreement, every field is 8 bytes.
var request struct {
	kind, v, n, align uint64

	p, size       uint64
	before, after state
}

// Kinds of request, in the order of the host's op kinds, and one for the
// host's own tests.
const (
	kindAlloc = iota
	kindFree
	kindReserve
	kindReserveAligned
	kindMap
	kindUnused
	kindUsed
	kindHugePage
	kindNoHugePage
	kindCollapse
	kindFault

	// kindInterfere allocates behind the host's back. The host must notice.
	kindInterfere = 255
)

// attach tells the host, once, where everything is.
//
//go:wasmimport gosbrk attach
func attach(request, bloc, blocMax, freelist unsafe.Pointer)

// next returns when the host has put the next call into request.
//
//go:wasmimport gosbrk next
func next()

// interference keeps what kindInterfere allocates alive.
var interference []byte

func main() {
	attach(unsafe.Pointer(&request), unsafe.Pointer(&bloc), unsafe.Pointer(&blocMax), unsafe.Pointer(&memFreelist))
	for {
		next()
		serve()
	}
}

// serve performs the call in request.
func serve() {
	r := &request
	r.p, r.size = 0, 0
	r.before = state{bloc, blocMax, memFreelist}
	v, n := unsafe.Pointer(uintptr(r.v)), uintptr(r.n)
	switch r.kind {
	case kindAlloc:
		r.p = uint64(uintptr(alloc(n)))
	case kindFree:
		sysFreeOS(v, n)
	case kindReserve:
		r.p = uint64(uintptr(reserve(v, n)))
	case kindReserveAligned:
		p, size := reserveAligned(n, uintptr(r.align))
		r.p, r.size = uint64(uintptr(p)), uint64(size)
	case kindMap:
		mapPages(v, n)
	case kindUnused:
		sysUnusedOS(v, n)
	case kindUsed:
		sysUsedOS(v, n)
	case kindHugePage:
		sysHugePageOS(v, n)
	case kindNoHugePage:
		sysNoHugePageOS(v, n)
	case kindCollapse:
		sysHugePageCollapseOS(v, n)
	case kindFault:
		sysFaultOS(v, n)
	case kindInterfere: // below
	default:
		panic("unknown kind of request")
	}
	r.after = state{bloc, blocMax, memFreelist}
	if r.kind == kindInterfere {
		interference = make([]byte, n)
	}
}
