// Command ceiling takes heap until there is no more, a GiB at a time that nobody
// looks at, and counts.
package main

import "fmt"

func main() {
	var blocks [][]byte
	for {
		blocks = append(blocks, make([]byte, 1<<30))
		fmt.Println(len(blocks))
	}
}
