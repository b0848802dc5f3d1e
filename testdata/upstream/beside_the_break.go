// A free block that ends at the break is not used when the break moves, and never becomes
// a part of what lies above it.
package main

import "fmt"

const page = 65536

func main() {
	begin(page, 64, 0)
	a, b := alloc(8*page), alloc(8*page)
	sysFreeOS(a, 8*page)
	sysFreeOS(b, 8*page)
	state("all of 16 pages freed, bottom up")
	fmt.Println("16 pages are at", at(sysAllocOS(16*page, "")))
	state("for which memory grew")

	begin(page, 64, 0)
	a, b = alloc(8*page), alloc(8*page)
	sysFreeOS(b, 8*page)
	sysFreeOS(a, 8*page)
	state("all of 16 pages freed, top down")
	fmt.Println("16 pages are at", at(sysAllocOS(16*page, "")))

	begin(page, 64, 0)
	a = alloc(16*page - 1)
	sysFreeOS(a, 16*page-1)
	state("16 pages less a byte freed")
	fmt.Println("17 pages are at", at(sysAllocOS(17*page, "")))
	state("for which memory grew")
}
