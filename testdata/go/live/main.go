// Command live keeps so many MB (of 1,000,000 bytes) in objects of 1,000 bytes and replaces them
// one by one, in no order, so often that each is replaced nine times on average, or as often as
// a second number says. So its live heap stays as large as it is, and what it allocates soon
// replaces something. It ends with the memory limit that the runtime goes by.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
)

// object begins with its number.
type object [125]uint64

func main() {
	mb, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	rounds := 9
	if len(os.Args) > 2 {
		rounds, err = strconv.Atoi(os.Args[2])
		if err != nil {
			panic(err)
		}
	}
	objects := make([]*object, mb*1000)
	for i := range objects {
		objects[i] = &object{uint64(i)}
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
	fmt.Println("limit", debug.SetMemoryLimit(-1))
}
