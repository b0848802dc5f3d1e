// Command hello says hello, and with an argument what memory that took: lines of
// a name and a number, in KiB where it is a size.
package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	fmt.Println("hello, world")
	if len(os.Args) == 1 {
		return
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		if name == "VmPeak" || name == "VmHWM" || name == "VmRSS" {
			fmt.Println(name, strings.Fields(rest)[0])
		}
	}
	// The kernel counts this one page by page; the numbers above come from counters
	// of each processor and are off by up to some dozens of pages.
	exact, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(exact)) {
		if rest, found := strings.CutPrefix(line, "Rss:"); found {
			fmt.Println("Rss", strings.Fields(rest)[0])
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		panic(err)
	}
	fmt.Println("maps", strings.Count(string(maps), "\n"))
	fmt.Println("named", strings.Count(string(maps), "[anon: Go: "))
}
