// On a 32-bit system: an aligned reservation of nearly all of the address space, while a
// block is free. size+align is 0 there, so the first free block is taken for it.
package main

import "fmt"

func main() {
	begin(4096, 4096, 0)
	low := alloc(4 * mib)       // some live memory,
	hole := alloc(4096)         // a page that is freed,
	high := alloc(4*mib - 4096) // and more live memory
	sysFreeOS(hole, 4096)
	state("before")

	p, n := sysReserveAlignedSbrk(0xFFC00000, 4*mib)
	fmt.Printf("sysReserveAlignedSbrk(0xffc00000, 4 MiB) = %s, %#x\n", at(p), n)
	fmt.Println("live bytes that are 0 now:", zeroed(low, 4*mib)+zeroed(high, 4*mib-4096))
	state("after")
}
