// What an aligned reservation skips is cleared, though it is fresh from the system: every
// page of it is touched.
package main

import "fmt"

func main() {
	begin(65536, 512, 0)
	sysAllocOS(65536, "")
	fmt.Println("pages of 4096 bytes touched before:", resident())
	sysReserveAlignedSbrk(4*mib, 4*mib)
	fmt.Println("after an aligned reservation of 4 MiB:", resident())
}
