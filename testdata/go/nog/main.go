// Command nog calls the runtime's sysAllocOS and sysFreeOS from threads of C that
// have no g, as their comments allow. Build it with -ldflags=-checklinkname=0.
package main

/*
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uintptr_t allocate(uintptr_t n);
typedef void release(uintptr_t p, uintptr_t n);

struct functions { allocate *allocate; release *release; };

static void *run(void *arg) {
	struct functions *f = arg;
	for (int i = 1; i <= 200; i++) {
		uintptr_t n = (uintptr_t)(i % 9 + 1) * 4096;
		char *p = (char *)f->allocate(n);
		for (uintptr_t j = 0; j < n; j++) {
			if (p[j] != 0) {
				abort();
			}
		}
		memset(p, i, n);
		f->release((uintptr_t)p, n);
	}
	return arg;
}

static void from_threads(uintptr_t allocate_at, uintptr_t release_at) {
	struct functions f = {(allocate *)allocate_at, (release *)release_at};
	pthread_t threads[8];
	for (int i = 0; i < 8; i++) {
		if (pthread_create(&threads[i], NULL, run, &f) != 0) {
			abort();
		}
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
	}
}
*/
import "C"

import (
	"fmt"

	"programs/raw"
)

func main() {
	allocate, release := raw.Addresses()
	C.from_threads(C.uintptr_t(allocate), C.uintptr_t(release))
	fmt.Println("threads without a g")
}
