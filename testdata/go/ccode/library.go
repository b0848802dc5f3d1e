package main

// #include "code.h"
import "C"

import (
	"runtime"
	"sync"
)

// InGo is called on a thread of C's, and uses that thread's stack in C.
//
//export InGo
func InGo(kib C.size_t) C.int { return C.deep(kib) }

// Threads is for a program that loads this as a library.
//
//export Threads
func Threads(n C.int) { threads(int(n)) }

// Arenas is too.
//
//export Arenas
func Arenas(n C.int) C.int { return C.arenas(n) }

// Deep uses the stack of a thread of Go's.
//
//export Deep
func Deep(kib C.size_t) C.int {
	done := make(chan C.int)
	go func() { done <- C.deep(kib) }()
	return <-done
}

// NewThreads goes on when there are 20 threads more.
//
//export NewThreads
func NewThreads() {
	var here, done sync.WaitGroup
	here.Add(20)
	done.Add(20)
	for range 20 {
		go func() {
			runtime.LockOSThread()
			here.Done()
			here.Wait()
			done.Done()
		}()
	}
	done.Wait()
}
