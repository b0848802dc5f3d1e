// Command grown makes the heap grow from all kinds of stacks.
package main

import (
	"reflect"
	"runtime"
	"slices"
)

// large is more than the heap grows by for small objects.
const large = 4 << 20

// kept are the objects that the heap grew for.
var kept [][]byte

//go:noinline
func grow() {
	kept = append(kept, make([]byte, large))
}

func main() {
	first()
	again(10)
	again(70)
	again(300)
	even(100)
	even(101)
	generic(1)
	generic("one")
	wrapped()
	reflect.ValueOf(grow).Call(nil)
	slices.SortFunc([]int{2, 1}, func(a, b int) int {
		grow()
		return a - b
	})
	recovered(func() { panic("a panic") })
	recovered(func() { *nowhere = 1 })
	recovered(func() { grower((*inner)(nil)).grow() })
	recovered(func() { runtime.Goexit() })
	apart(func() { grow() })
	apart(grow)
	callback(3)
	apart(func() { deep(5000) })
	runtime.KeepAlive(append(kept[0], kept[1]...))
	for range 20 {
		again(5)
	}
}

// first, second and third become a part of main.
func first()  { second() }
func second() { third() }
func third()  { grow() }

func again(n int) {
	if n > 0 {
		again(n - 1)
		return
	}
	grow()
}

// even and odd call each other from two lines each.
func even(n int) {
	if n%3 == 0 {
		odd(n - 1)
	} else if n > 0 {
		odd(n - 1)
	} else {
		grow()
	}
}

func odd(n int) {
	if n%5 == 0 {
		even(n - 1)
	} else if n > 0 {
		even(n - 1)
	} else {
		grow()
	}
}

//go:noinline
func generic[T any](v T) T {
	grow()
	return v
}

// grower is called through the wrappers that the compiler makes.
type grower interface{ grow() }

type inner struct{ n int }

//go:noinline
func (i inner) grow() {
	i.n++
	grow()
}

type outer struct {
	name string
	*inner
}

func wrapped() {
	for _, g := range []grower{inner{1}, &inner{2}, outer{"", &inner{3}}, &outer{"", &inner{4}}} {
		g.grow()
		method := g.grow
		method()
	}
}

var nowhere *int

// recovered makes the heap grow while a function panics or ends the goroutine, and when
// that is over.
func recovered(f func()) {
	apart(func() {
		defer grow()
		defer func() {
			grow()
			_ = recover()
		}()
		f()
	})
}

// apart calls a function in a goroutine.
func apart(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// deep makes a stack grow that is as large as an object.
func deep(n int) byte {
	var room [2048]byte
	room[n%len(room)] = byte(n)
	if n > 0 {
		return deep(n-1) + room[n/2%len(room)]
	}
	return room[0]
}
