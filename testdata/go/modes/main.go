// Command modes has memory taken by Go and by C code in turns. It is built in every
// build mode: as a program, as a library for programs in C, and as a plugin.
package main

/*
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern int onThread(int n);

static int fill(size_t n) {
	unsigned char *p = malloc(n);
	memset(p, 1, n);
	int last = p[n - 1];
	free(p);
	return last;
}

static void *run(void *n) {
	return (void *)(long)onThread((int)(long)n);
}

static int from_thread(int n) {
	pthread_t id;
	void *result;
	if (pthread_create(&id, NULL, run, (void *)(long)n) != 0) {
		abort();
	}
	pthread_join(id, &result);
	return (int)(long)result;
}

// The faults that a sanitizer has to find.

static int over(int n) {
	char *volatile p = malloc(8);
	return p[8 + n];
}

static int overflow(int n) {
	return 0x7fffffff + n;
}

static int raced;

static void *race(void *n) {
	raced += (int)(long)n;
	return NULL;
}

static int race_twice(int n) {
	pthread_t id;
	if (pthread_create(&id, NULL, race, (void *)(long)n) != 0) {
		abort();
	}
	race((void *)(long)n);
	pthread_join(id, NULL);
	return raced;
}
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"

	"programs/pages"
)

const mib = 1 << 20

type tree struct {
	left, right *tree
	value       int
}

var (
	blocks [][]byte
	room   [][]byte
)

//export onThread
func onThread(n C.int) C.int {
	blocks = append(blocks, block(int(n)))
	return n
}

// block is a MiB that says which one it is.
func block(n int) []byte {
	b := make([]byte, mib)
	pages.Touch(b)
	if at := pages.Other(b, 0); at >= 0 {
		panic(fmt.Sprintf("byte %d of new memory is %d", at, b[at]))
	}
	pages.Fill(b, byte(n))
	return b
}

func plant(depth int) *tree {
	if depth == 0 {
		return &tree{value: 1}
	}
	return &tree{plant(depth - 1), plant(depth - 1), 1}
}

func (t *tree) sum() int {
	if t == nil {
		return 0
	}
	return t.value + t.left.sum() + t.right.sum()
}

// Work takes n MiB more, half of it on threads of C, and gives how much it holds
// in all after it has looked at every byte.
//
//export Work
func Work(n int) int {
	root := plant(14)
	sum := 0
	for i := range n {
		if i%2 == 0 {
			blocks = append(blocks, block(len(blocks)))
		} else {
			C.from_thread(C.int(len(blocks)))
		}
		sum += int(C.fill(C.size_t(100*i + 1)))
	}
	runtime.GC()
	if sum != n || root.sum() != 1<<15-1 {
		panic(fmt.Sprintf("C counts %d, the tree %d", sum, root.sum()))
	}
	for i, b := range blocks {
		if at := pages.Other(b, byte(i)); at >= 0 {
			panic(fmt.Sprintf("a byte of block %d is %d", i, b[at]))
		}
	}
	return len(blocks)
}

// Grow takes n times 256 MiB more that nobody looks at, and gives how many it holds
// in all.
//
//export Grow
func Grow(n int) int {
	for range n {
		room = append(room, make([]byte, 256*mib))
	}
	return len(room)
}

func main() {
	if len(os.Args) == 1 {
		fmt.Println(Work(50), Work(50))
		return
	}
	faults := map[string]func(C.int) C.int{
		"address":   func(n C.int) C.int { return C.over(n) },
		"undefined": func(n C.int) C.int { return C.overflow(n) },
		"thread":    func(n C.int) C.int { return C.race_twice(n) },
	}
	fmt.Println(faults[os.Args[1]](C.int(len(os.Args))))
}
