package gosbrk_test

import (
	"errors"
	"fmt"
	"log"

	"gosbrk"
)

func Example() {
	buf, err := gosbrk.Alloc(10_000, "index")
	if err != nil {
		log.Fatal(err)
	}
	defer gosbrk.Free(buf)

	copy(buf, "outside the Go heap")
	fmt.Println(len(buf), cap(buf), string(buf[:7]))
	// Output: 10000 12288 outside
}

// Out of memory is an error, as everywhere in Go.
func ExampleAlloc() {
	_, err := gosbrk.Alloc(1<<60, "too much")
	fmt.Println(errors.Is(err, gosbrk.ErrNoMem))
	// Output: true
}

// With MisuseReport, a wrong call is an error instead of the end of the process.
func ExampleInit() {
	cfg := gosbrk.DefaultConfig()
	cfg.Misuse = gosbrk.MisuseReport
	if err := gosbrk.Init(cfg); err != nil {
		log.Fatal(err)
	}
	_, err := gosbrk.Alloc(0, "nothing")
	fmt.Println(err)
	fmt.Println(errors.Is(err, gosbrk.ErrZero))
	// Output:
	// gosbrk: the size is 0
	// true
}

func ExampleFreeList() {
	must(gosbrk.Init(gosbrk.Config{}))
	a := gosbrk.SysAllocOS(8192, "a")
	b := gosbrk.SysAllocOS(4096, "b")
	gosbrk.SysFreeOS(a, 8192) // not at the break: to the list
	for block := range gosbrk.FreeList() {
		fmt.Printf("+%#x: %d bytes\n", block.Addr-gosbrk.Base(), block.Size)
	}
	gosbrk.SysFreeOS(b, 4096) // at the break, which moves down
	fmt.Printf("bloc +%#x\n", gosbrk.Bloc()-gosbrk.Base())
	// Output:
	// +0x0: 8192 bytes
	// bloc +0x2000
}

// Memory at a multiple of 4 MiB, as the Go runtime asks for its arenas. What is
// skipped for the alignment goes to the free list.
func ExampleSysReserveAlignedSbrk() {
	must(gosbrk.Init(gosbrk.Config{}))
	gosbrk.SysAllocOS(4096, "first")
	p, n := gosbrk.SysReserveAlignedSbrk(4<<20, 4<<20)
	fmt.Printf("+%#x: %d bytes\n", uintptr(p)-gosbrk.Base(), n)
	for block := range gosbrk.FreeList() {
		fmt.Printf("skipped +%#x: %d bytes\n", block.Addr-gosbrk.Base(), block.Size)
	}
	// Output:
	// +0x400000: 4194304 bytes
	// skipped +0x1000: 4190208 bytes
}

// The same segment, whichever way the calls come.
func ExampleDirect() {
	must(gosbrk.Init(gosbrk.Config{}))
	var sbrk gosbrk.Direct
	node, err := sbrk.Alloc(4096, "node")
	must(err)
	fmt.Println(len(node), gosbrk.Stats().InUse)
	must(sbrk.Free(node))
	fmt.Println(gosbrk.Stats().InUse)
	// Output:
	// 4096 4096
	// 0
}

func ExampleStats() {
	must(gosbrk.Init(gosbrk.Config{}))
	gosbrk.SysAllocOS(4096, "index")
	gosbrk.SysAllocOS(8192, "cache")
	gosbrk.SysAllocOS(4096, "index")
	s := gosbrk.Stats()
	fmt.Println(s.InUse, "bytes in use")
	for _, n := range s.ByName {
		fmt.Println(n.Name, n.Calls, n.Bytes)
	}
	// Output:
	// 16384 bytes in use
	// index 2 8192
	// cache 1 8192
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
