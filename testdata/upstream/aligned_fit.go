// An aligned reservation takes a free block only if it has room for size+align, even if
// it is where it should be and has room for size.
package main

import "fmt"

func main() {
	begin(65536, 512, 0)
	block := alloc(4 * mib)
	alloc(65536)
	sysFreeOS(block, 4*mib)
	state("before")
	p, n := sysReserveAlignedSbrk(4*mib, 4*mib)
	fmt.Printf("sysReserveAlignedSbrk(4 MiB, 4 MiB) = %s, %d\n", at(p), n)
	state("after")
}
