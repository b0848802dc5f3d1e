// Command lockstep compares this project's library with Go's own source, and with the
// runtime of running Go programs, call by call. Run it in the folder go/:
//
//	go run ./cmd/lockstep -goroot DIR -ops 1000000 -seed 1
//
// It makes engines of the mem_sbrk.go in each Go root it is given, builds itself anew
// with them in it, and runs that. [gosbrk/internal/lockstep] says what is compared. "go
// run ./cmd/lockstep -help" lists the flags.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	_ "gosbrk/internal/oracle/linked"
)

// The exit statuses.
const (
	same     = 0 // the engines agree
	differ   = 1 // they do not, or one of them failed
	unusable = 2 // nothing was compared
)

func main() {
	o, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(same)
	case err != nil:
		fail(err)
	}
	if os.Getenv(flightVar) == "" {
		os.Exit(launch(o))
	}
	os.Exit(compare(o))
}

// fail ends the program before anything was compared.
func fail(err error) {
	fmt.Fprintln(os.Stderr, "lockstep:", err)
	os.Exit(unusable)
}
