// Command ends takes 8 MiB and ends in the way that is asked for:
//
//	ends return|exit|panic|throw|fault|signal|kill
package main

import (
	"os"
	"sync"
	"syscall"
	"unsafe"
)

var live = make([]byte, 8<<20)

func main() {
	for i := range live {
		live[i] = 1
	}
	switch os.Args[1] {
	case "return":
	case "exit":
		os.Exit(0)
	case "panic":
		panic("as asked for")
	case "throw":
		new(sync.Mutex).Unlock()
	case "fault":
		*(*byte)(unsafe.Pointer(&live[0])) = **(**byte)(unsafe.Pointer(&[]uintptr{1 << 46}[0]))
	case "signal":
		end(syscall.SIGTERM)
	case "kill":
		end(syscall.SIGKILL)
	}
}

func end(signal syscall.Signal) {
	syscall.Kill(os.Getpid(), signal)
	select {}
}
