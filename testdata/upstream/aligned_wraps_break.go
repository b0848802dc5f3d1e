// On a 32-bit system: an aligned reservation with which the break passes the end of the
// address space. It moves the break down, into memory that is in use.
package main

import "fmt"

func main() {
	begin(4096, 4096, 0)
	first := alloc(8 * mib)
	state("before")

	// All there is from the break to the end of the address space; and what lies below
	// the segment, and 4 MiB of it.
	size := -bloc + arena.Base + 4*mib
	p, n := sysReserveAlignedSbrk(size, 4*mib)
	fmt.Printf("sysReserveAlignedSbrk(all above and 4 MiB, 4 MiB) = %s, all of it: %t\n",
		at(p), n == size)
	state("after")
	again := sysAllocOS(4096, "")
	fmt.Printf("the next page is at %s, inside the live region at %s\n", at(again), at(first))
}
