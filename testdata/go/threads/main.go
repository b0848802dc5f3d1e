// Command threads is called back from threads that C made, and makes and ends
// threads of its own: the memory layer is reached from a thread's first
// instructions on, on the stacks of C, of goroutines and of the scheduler.
package main

/*
#include <pthread.h>
#include <stdlib.h>

extern int fromC(int n);

static void *run(void *arg) {
	int sum = 0;
	for (int i = 0; i < 20; i++) {
		sum += fromC((int)(long)arg);
	}
	return (void *)(long)sum;
}

static int from_threads(int threads) {
	pthread_t ids[64];
	int sum = 0;
	for (int i = 0; i < threads; i++) {
		if (pthread_create(&ids[i], NULL, run, (void *)(long)i) != 0) {
			abort();
		}
	}
	for (int i = 0; i < threads; i++) {
		void *result;
		pthread_join(ids[i], &result);
		sum += (int)(long)result;
	}
	return sum;
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

//export fromC
func fromC(n C.int) C.int {
	grow(int(n) + 100)
	sink.Store(make([]byte, 3<<20))
	if n%4 == 0 {
		debug.FreeOSMemory()
	}
	return n
}

// grow has the stack copied to a larger one, more than once.
func grow(n int) byte {
	var room [1024]byte
	if n == 0 {
		return room[0]
	}
	room[n] = byte(n)
	return grow(n-1) + room[n]
}

func main() {
	const threads = 16
	for range 3 {
		if got, want := C.from_threads(threads), C.int(20*threads*(threads-1)/2); got != want {
			panic(fmt.Sprintf("the callbacks gave %d, want %d", got, want))
		}
	}
	// A thread whose goroutine ends locked to it ends too.
	var threadsOfOurs sync.WaitGroup
	for range 100 {
		threadsOfOurs.Add(1)
		go func() {
			defer threadsOfOurs.Done()
			runtime.LockOSThread()
			grow(100)
			sink.Store(make([]byte, 1<<20))
		}()
	}
	threadsOfOurs.Wait()
	fmt.Println("threads of C and of Go")
}

var sink atomic.Value
