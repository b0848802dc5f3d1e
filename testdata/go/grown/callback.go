//go:build cgo

package main

// void call(int n);
// extern void called(int n);
import "C"

func callback(n int) {
	C.call(C.int(n))
}

//export called
func called(n C.int) {
	grow()
	if n > 0 {
		callback(int(n) - 1)
	}
}
