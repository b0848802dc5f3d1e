// Command pluginhost opens a plugin and has it work.
package main

import (
	"fmt"
	"os"
	"plugin"
)

func main() {
	opened, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	symbol, err := opened.Lookup("Work")
	if err != nil {
		panic(err)
	}
	work := symbol.(func(int) int)
	fmt.Println(work(50), work(50))
}
