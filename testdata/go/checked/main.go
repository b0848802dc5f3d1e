// Command checked checks every byte of its heap while garbage is collected and memory is
// given back. With the argument large, it allocates a block that is larger than an arena
// of stock Go.
package main

import (
	"os"

	"programs/audit"
)

func main() {
	audit.Run(2)
	if len(os.Args) > 1 {
		audit.Fresh(65 << 20)
		audit.Run(1)
	}
}
