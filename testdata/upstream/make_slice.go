// A slice of as many bytes as the argument says, and nothing else.
package main

import (
	"os"
	"strconv"
)

func main() {
	n, err := strconv.ParseUint(os.Args[1], 0, 32)
	if err != nil {
		panic(err)
	}
	s := make([]uint64, n/8)
	println(len(s), "elements")
}
