// Command obstacles maps memory of somebody else's where its heap has to grow, and
// takes heap until it is past it. It looks at every byte of the heap, and at the
// foreign memory afterwards.
//
// Each argument is an obstacle, OFFSET:SIZE in bytes, at an offset from where the
// heap ends; one of no size goes on to the end of what compact programs can address.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"programs/pages"
)

const (
	mib  = 1 << 20
	page = 4096

	ceiling = 1 << 36

	mapFixedNoreplace = 0x100000
)

// obstacle is memory that is not the runtime's.
type obstacle struct{ at, size uintptr }

func (o obstacle) call(number, a3, a4 uintptr) {
	fd := ^uintptr(0)
	got, _, err := syscall.RawSyscall6(number, o.at, o.size, a3, a4, fd, 0)
	if err == syscall.EEXIST {
		again(o)
	}
	if err != 0 || number == syscall.SYS_MMAP && got != o.at {
		panic(fmt.Sprintf("an obstacle at %#x of %d bytes: %v", o.at, o.size, err))
	}
}

// again starts the program anew: the runtime took memory for itself after the program
// had looked where the heap ends.
func again(o obstacle) {
	const name = "OBSTACLES_TRIES"
	tries, _ := strconv.Atoi(os.Getenv(name))
	if tries == 20 {
		panic(fmt.Sprintf("an obstacle at %#x of %d bytes: the heap is there", o.at, o.size))
	}
	os.Setenv(name, strconv.Itoa(tries+1))
	panic(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// ends gives what the test looks at: the first page and the last.
func (o obstacle) ends() [2][]byte {
	whole := unsafe.Slice(*(**byte)(unsafe.Pointer(&o.at)), o.size)
	return [2][]byte{whole[:page], whole[o.size-page:]}
}

// put maps the obstacle, and leaves a mark in it before it closes it.
func (o obstacle) put() {
	const flags = syscall.MAP_PRIVATE | syscall.MAP_ANON | syscall.MAP_NORESERVE | mapFixedNoreplace
	o.call(syscall.SYS_MMAP, syscall.PROT_READ|syscall.PROT_WRITE, flags)
	for _, end := range o.ends() {
		copy(end, mark)
	}
	o.call(syscall.SYS_MPROTECT, syscall.PROT_NONE, 0)
}

// look ends the program if the obstacle is not as it was left.
func (o obstacle) look() {
	if access := mapping(o.at).access; access != "---p" {
		panic(fmt.Sprintf("the obstacle at %#x has become %s", o.at, access))
	}
	o.call(syscall.SYS_MPROTECT, syscall.PROT_READ, 0)
	for _, end := range o.ends() {
		if !bytes.Equal(end, mark) {
			panic(fmt.Sprintf("somebody wrote into the obstacle at %#x", o.at))
		}
	}
}

// mapped is what /proc/self/maps says of an address.
type mapped struct {
	end    uintptr // of all that adjoins it
	access string
}

func mapping(at uintptr) (found mapped) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		panic(err)
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var start, end uintptr
		var access string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &start, &end, &access); err != nil {
			panic(err)
		}
		switch {
		case start <= at && at < end:
			found = mapped{end, access}
		case start == found.end:
			found.end = end
		}
	}
	return found
}

var mark = bytes.Repeat([]byte("mine"), page/4)

type tree struct {
	left, right *tree
	value       uintptr
}

func plant(depth int) *tree {
	t := new(tree)
	t.value = uintptr(unsafe.Pointer(t)) // the heap does not move
	if depth > 0 {
		t.left, t.right = plant(depth-1), plant(depth-1)
	}
	return t
}

// count walks a tree and gives how many of its nodes are as they were planted.
func (t *tree) count() int {
	if t == nil || t.value != uintptr(unsafe.Pointer(t)) {
		return 0
	}
	return 1 + t.left.count() + t.right.count()
}

// Everything that the program holds at the end.
var (
	blocks [][]byte
	trees  []*tree
)

// grow takes n bytes at once, which have to be zero.
func grow(n int) {
	block := make([]byte, n)
	pages.Touch(block)
	if at := pages.Other(block, 0); at >= 0 {
		panic(fmt.Sprintf("byte %d of %d bytes of new memory is %d", at, n, block[at]))
	}
	i := 0
	for part := range slices.Chunk(block, page) {
		pages.Fill(part, byte(len(blocks)+i))
		i++
	}
	blocks = append(blocks, block)
}

func check() {
	runtime.GC()
	for n, block := range blocks {
		i := 0
		for part := range slices.Chunk(block, page) {
			if at := pages.Other(part, byte(n+i)); at >= 0 {
				panic(fmt.Sprintf("byte %d of block %d is %d", i*page+at, n, part[at]))
			}
			i++
		}
	}
	for n, t := range trees {
		if got := t.count(); t != nil && got != 1<<13-1 {
			panic(fmt.Sprintf("tree %d has %d nodes", n, got))
		}
	}
}

func main() {
	var obstacles []obstacle
	for _, arg := range os.Args[1:] {
		offset, size, _ := strings.Cut(arg, ":")
		at, err := strconv.ParseUint(offset, 0, 64)
		if err != nil {
			panic(err)
		}
		n, err := strconv.ParseUint(size, 0, 64)
		if err != nil {
			panic(err)
		}
		obstacles = append(obstacles, obstacle{uintptr(at), uintptr(n)})
	}
	// No collection moves the end of the heap meanwhile.
	percent := debug.SetGCPercent(-1)
	grow(mib)
	heap := mapping(uintptr(unsafe.Pointer(&blocks[0][0]))).end
	furthest := uintptr(0)
	for i := range obstacles {
		o := &obstacles[i]
		furthest = max(furthest, o.at)
		o.at += heap
		if o.size == 0 {
			o.size = ceiling - o.at
		}
		o.put()
	}
	debug.SetGCPercent(percent)
	for _, o := range obstacles {
		fmt.Printf("%#x\n", o.at)
	}
	// Blocks of many sizes, the last one larger than any arena.
	for taken, turn := 0, 0; taken < int(furthest)+16*mib; turn++ {
		n := []int{page, 3 * mib, 100, 9 * mib, 40_000, 5 * mib}[turn%6]
		grow(n)
		taken += n
		trees = append(trees, plant(12))
	}
	check()
	// What is free now lies on both sides of the obstacles.
	for i := range blocks {
		if i%2 == 0 {
			blocks[i] = nil
		}
	}
	for i := range trees {
		if i%3 == 0 {
			trees[i] = nil
		}
	}
	debug.FreeOSMemory()
	for range 2 {
		grow(20 * mib)
	}
	grow(70 * mib)
	check()
	for _, o := range obstacles {
		o.look()
	}
	fmt.Println("past", len(obstacles))
}
