// Command live keeps so many MB (of 1,000,000 bytes) in objects of 1,000 bytes and replaces them
// one by one, in no order, so often that each is replaced nine times on average, or as often as
// a second number says. So its live heap stays as large as it is, and what it allocates soon
// replaces something. With a third number it maps so many MB before it begins to replace, and
// never uses them; with a fourth argument it says what the memory limit is then, gives them back and
// collects. It ends with the memory limit that the runtime goes by.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
)

// object begins with its number.
type object [125]uint64

func main() {
	mb, rounds, mapped := number(1, 0), number(2, 9), number(3, 0)
	objects := make([]*object, mb*1000)
	for i := range objects {
		objects[i] = &object{uint64(i)}
	}
	var others []byte
	if mapped > 0 {
		const flags = syscall.MAP_ANON | syscall.MAP_PRIVATE
		var err error
		others, err = syscall.Mmap(-1, 0, mapped*1e6, syscall.PROT_NONE, flags)
		if err != nil {
			panic(err)
		}
	}
	state := uint64(1)
	for range rounds * len(objects) {
		state = state*6364136223846793005 + 1442695040888963407
		i := int(state>>33) % len(objects)
		if objects[i][0] != uint64(i) {
			panic(fmt.Sprint("object ", i, " was changed to ", objects[i][0]))
		}
		objects[i] = &object{uint64(i)}
	}
	if len(os.Args) > 4 {
		fmt.Println("mapped", debug.SetMemoryLimit(-1))
		if err := syscall.Munmap(others); err != nil {
			panic(err)
		}
		runtime.GC()
	}
	fmt.Println("limit", debug.SetMemoryLimit(-1))
}

// number gives an argument, or what it is without.
func number(i, without int) int {
	if i >= len(os.Args) {
		return without
	}
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		panic(err)
	}
	return n
}
