// Command oom takes memory until there is no more, and looks after all of it: a
// block that another one overwrote ends the program with status 3. Its argument may
// make something else scarce before:
//
//	lock  every page that is mapped from now on is locked into memory
//	maps  there is no room for another mapping
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
)

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "lock":
			if err := syscall.Mlockall(syscall.MCL_FUTURE); err != nil {
				panic(err)
			}
		case "maps":
			mapPages()
		}
	}
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

// mapPages maps pages until the kernel gives no more. Neighbours differ, so that
// each is a mapping of its own.
func mapPages() {
	const flags = syscall.MAP_PRIVATE | syscall.MAP_ANON
	for i := uintptr(0); ; i++ {
		prot := i % 2 * syscall.PROT_READ
		if _, _, err := syscall.RawSyscall6(syscall.SYS_MMAP, 0, 4096, prot, flags, ^uintptr(0), 0); err != 0 {
			return
		}
	}
}
