// Package audit allocates memory in many sizes and checks every byte: what make returns
// must be zero, and what was written must stay. At the first wrong byte it prints a line
// and exits with status 3.
package audit

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"programs/pages"
)

const pattern = 0xa5

// Small objects, large objects, and one that is larger than an arena of the layout
// compact.
var sizes = []int{
	24, 200, 512, 1 << 10, 4096, 4097, 8 << 10, 10_000, 20_000, 32 << 10, 33 << 10,
	100_000, 24, 1 << 20, 64 << 10, 48, 5<<20 + 1, 16 << 10, 2048, 8 << 10, 300_000,
}

var blocks, bytes, nodes atomic.Uint64

func fail(format string, args ...any) {
	fmt.Printf(format+"\n", args...)
	os.Exit(3)
}

// Fresh allocates n bytes, which must be zero, and fills them.
func Fresh(n int) []byte {
	block := make([]byte, n)
	Use(block)
	return block
}

// Use checks that each byte of a block is zero, and fills it.
func Use(block []byte) {
	blocks.Add(1)
	bytes.Add(uint64(len(block)))
	pages.Touch(block)
	check(block, 0, "stale")
	Fill(block)
}

// Fill writes a pattern without a zero byte.
func Fill(block []byte) {
	pages.Fill(block, pattern)
}

func check(block []byte, want byte, what string) {
	if at := pages.Other(block, want); at >= 0 {
		fail("%s byte %#x in a block of %d", what, block[at], len(block))
	}
}

// A node is the root of a tree, and knows the sum of the tree's values.
type node struct {
	left, right *node
	value, sum  uint64
	next        *node
	room        [3]uint64
}

func grow(depth int, value uint64) *node {
	if depth == 0 {
		return nil
	}
	n := new(node)
	if *n != (node{}) {
		fail("stale node: %v", *n)
	}
	nodes.Add(1)
	n.value = value
	n.room = [3]uint64{pattern, pattern, pattern}
	n.left = grow(depth-1, 2*value)
	n.right = grow(depth-1, 2*value+1)
	n.sum = value + n.left.total() + n.right.total()
	return n
}

func (n *node) total() uint64 {
	if n == nil {
		return 0
	}
	return n.sum
}

// verify walks a tree that grow made, and gives its sum.
func verify(n *node, depth int, value uint64) uint64 {
	if n == nil && depth == 0 {
		return 0
	}
	if n == nil || depth == 0 || n.value != value || n.room[2] != pattern {
		fail("wrong tree at depth %d", depth)
	}
	sum := value + verify(n.left, depth-1, 2*value) + verify(n.right, depth-1, 2*value+1)
	if sum != n.sum {
		fail("wrong tree: sum %d is not %d", n.sum, sum)
	}
	return sum
}

// pointers allocates a slice of pointers, which must be nil, and points them to a tree.
func pointers(n int, to *node) []*node {
	links := make([]*node, n)
	for i, link := range links {
		if link != nil {
			fail("stale pointer %p in a slice of %d", link, n)
		}
		links[i] = to
	}
	return links
}

// deepen makes the stack grow, and checks that its frames were copied.
func deepen(levels int) byte {
	var frame [1024]byte
	for i := range frame {
		frame[i] = byte(levels)
	}
	if levels > 0 {
		if below := deepen(levels - 1); below != byte(levels-1) {
			fail("wrong stack: %d below %d", below, levels)
		}
	}
	for _, b := range frame {
		if b != byte(levels) {
			fail("wrong stack: %d in a frame of %d", b, levels)
		}
	}
	return frame[levels]
}

// round is the work of one goroutine: blocks come and go while a tree stays.
func round(seed int) {
	const depth = 9
	tree := grow(depth, uint64(seed))
	var kept [8][]byte
	var links [][]*node
	for i := range sizes {
		at := i % len(kept)
		check(kept[at], pattern, "overwritten")
		kept[at] = Fresh(sizes[(i+seed)%len(sizes)])
		links = append(links, pointers(sizes[i%len(sizes)]/64+1, tree))
	}
	deepen(40)
	for _, of := range links {
		for _, link := range of {
			if link != tree {
				fail("wrong pointer %p, want %p", link, tree)
			}
		}
	}
	verify(tree, depth, uint64(seed))
}

// Run does some rounds on several goroutines, collects garbage meanwhile, and gives all
// free memory back after each round. It ends with the line that tests read.
func Run(rounds int) {
	const depth = 12
	lasting := grow(depth, 1)
	for i := range rounds {
		var group sync.WaitGroup
		for worker := range 3 {
			group.Add(1)
			go func() {
				defer group.Done()
				round(3*i + worker + 1)
			}()
		}
		runtime.GC()
		group.Wait()
		debug.FreeOSMemory()
		verify(lasting, depth, 1)
	}
	fmt.Println("stale 0: blocks", blocks.Load(), "bytes", bytes.Load(), "nodes", nodes.Load())
}
