// C code that uses stacks, threads and malloc.
#define _GNU_SOURCE
#include "code.h"

#include <alloca.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef TLS
// More thread-local variables than fit on a small stack.
static _Thread_local volatile char variables[TLS << 10];
#endif

// How large the stack of the calling thread is, its guard included.
size_t stack_kib(void) {
    pthread_attr_t attr;
    void *low;
    size_t size, guard;
#ifdef TLS
    variables[1] = 1;
#endif
    if (pthread_getattr_np(pthread_self(), &attr) != 0 ||
        pthread_attr_getstack(&attr, &low, &size) != 0 ||
        pthread_attr_getguardsize(&attr, &guard) != 0) {
        abort();
    }
    pthread_attr_destroy(&attr);
    return size >> 10;
}

__attribute__((noinline)) static int deeper(const volatile char *top, size_t bytes) {
    volatile char frame[512];
    frame[0] = 1;
    return (size_t)(top - frame) < bytes ? deeper(top, bytes) + frame[0] : frame[0];
}

// Uses so much stack in small frames.
int deep(size_t kib) {
    volatile char top = 0;
    return deeper(&top, kib << 10) > 0;
}

// Uses so much stack in one frame.
int wide(size_t kib) {
    volatile char *frame = alloca(kib << 10);
    frame[0] = 1;
    return frame[0];
}

// Follows a pointer that is none.
int bad(void) {
    volatile int *volatile pointer = (int *)8;
    return *pointer;
}

void rest(int seconds) {
    nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
}

static pthread_barrier_t barrier;

static void *allocate(void *argument) {
    void *memory = malloc(1000);
    pthread_barrier_wait(&barrier);
    free(memory);
    return argument;
}

// How many arenas malloc has after so many threads allocated at once; 0: that cannot be told.
int arenas(int threads) {
    int found = 0;
#ifdef __GLIBC__
    char *text;
    size_t size;
    pthread_t thread[64];
    pthread_barrier_init(&barrier, NULL, threads);
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&thread[i], NULL, allocate, NULL) != 0) {
            abort();
        }
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
    }
    FILE *stream = open_memstream(&text, &size);
    malloc_info(0, stream);
    fclose(stream);
    for (const char *at = text; (at = strstr(at, "<heap nr=")) != NULL; at++) {
        found++;
    }
    free(text);
#else
    (void)allocate;
    (void)threads;
#endif
    return found;
}

extern int InGo(size_t kib);

struct work {
    int in_go;
    size_t depth_kib, result;
};

static void *work(void *argument) {
    struct work *work = argument;
    if (work->depth_kib == 0) {
        work->result = stack_kib();
    } else {
        work->result = (size_t)(work->in_go ? InGo(work->depth_kib) : deep(work->depth_kib));
    }
    return NULL;
}

// In a thread of C's own: how large its stack is, or a recursion of that depth in C that Go
// calls, if in_go is not 0. A stack of 0 KiB is one of the default size.
size_t started_by_c(int in_go, size_t stack_kib, size_t depth_kib) {
    struct work argument = {in_go, depth_kib, 0};
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    if (stack_kib != 0) {
        pthread_attr_setstacksize(&attr, stack_kib << 10);
    }
    if (pthread_create(&thread, &attr, work, &argument) != 0) {
        abort();
    }
    pthread_join(thread, NULL);
    return argument.result;
}

extern void NewThreads(void);

static int in_go(struct dl_phdr_info *library, size_t size, void *none) {
    (void)library;
    (void)size;
    (void)none;
    NewThreads();
    return 1;
}

// Calls Go with the lock on the list of libraries.
int among_libraries(void) { return dl_iterate_phdr(in_go, NULL); }
