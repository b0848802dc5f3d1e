// Command oom takes memory until there is no more, and looks after all of it: a
// block that another one overwrote ends the program with status 3.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
)

func main() {
	var blocks [][]byte
	for i := uint64(0); ; i++ {
		block := make([]byte, 256<<10)
		for at := 0; at < len(block); at += 4096 {
			binary.LittleEndian.PutUint64(block[at:], i)
		}
		blocks = append(blocks, block)
		if i%64 != 0 {
			continue
		}
		for want, block := range blocks {
			for at := 0; at < len(block); at += 4096 {
				if got := binary.LittleEndian.Uint64(block[at:]); got != uint64(want) {
					fmt.Println("block", want, "is of", got)
					os.Exit(3)
				}
			}
		}
	}
}
