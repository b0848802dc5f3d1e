// Gouser is a program of somebody who uses package gosbrk: the module's tests
// build it outside of the tree, in each link mode.
package main

import (
	"errors"
	"fmt"
	"log"

	"gosbrk"
)

func main() {
	buf, err := gosbrk.Alloc(10_000, "index")
	if err != nil {
		log.Fatal(err)
	}
	defer gosbrk.Free(buf)
	copy(buf, "hello")

	if _, err := gosbrk.Alloc(1<<60, "too much"); !errors.Is(err, gosbrk.ErrNoMem) {
		log.Fatalf("2^60 bytes: %v", err)
	}

	s := gosbrk.Stats()
	fmt.Println("gosbrk", gosbrk.Version, "holds", s.InUse, "bytes for", s.ByName[0].Name)
}
