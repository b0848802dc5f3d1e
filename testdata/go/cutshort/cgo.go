//go:build cgo

package main

/*
#include <pthread.h>
#include <stdlib.h>

extern void allocateFromC(int i);

static void *run(void *i) {
	allocateFromC((int)(long)i);
	return NULL;
}

static void from_threads(void) {
	pthread_t ids[8];
	for (int i = 0; i < 8; i++) {
		if (pthread_create(&ids[i], NULL, run, (void *)(long)i) != 0) {
			abort();
		}
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(ids[i], NULL);
	}
}
*/
import "C"

func init() {
	fromThreads = func() { C.from_threads() }
}

//export allocateFromC
func allocateFromC(i C.int) { allocate(int(i)) }
