// Package main is a library for C with 8 MiB of live Go heap.
package main

import "C"

var live [][]byte

//export Take
func Take() C.int {
	for i := 0; i < 8; i++ {
		block := make([]byte, 1<<20)
		for j := range block {
			block[j] = 1
		}
		live = append(live, block)
	}
	return C.int(len(live))
}

func main() {}
