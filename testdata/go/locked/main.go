// Command locked locks memory with mlock and forgets it, so that the kernel refuses to
// release it, and then checks every byte that it allocates. With the argument all, it
// locks all of its memory, present and future.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"programs/audit"
)

func main() {
	err := error(nil)
	if len(os.Args) > 1 {
		err = syscall.Mlockall(syscall.MCL_CURRENT | syscall.MCL_FUTURE)
	}
	for range 4 {
		if err == nil {
			err = forget(1 << 20)
		}
	}
	if err != nil {
		fmt.Println("not allowed:", err)
		os.Exit(4)
	}
	for range 2 {
		debug.FreeOSMemory()
		audit.Run(1)
	}
}

// forget locks a block and lets go of it.
func forget(n int) error {
	block := audit.Fresh(n)
	err := syscall.Mlock(block)
	audit.Fill(block)
	return err
}
