// Many threads: `lock_threads own N` makes N calls of all kinds from 32 threads, with an
// owner's stamp in every page that is looked at again before it is freed.
// `lock_threads share` has two threads that call without a pause wait for one another: it
// ends when each has come to its turn N times while the other one kept calling.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include "gosbrk.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 32, HELD = 16, PAGE = 4096, WORDS = PAGE / sizeof(uint64_t), MOST = 3 };

static pthread_t threads[THREADS];

static void start(void *(*body)(void *), long n) {
    for (long i = 0; i < n; i++) {
        CHECK(pthread_create(&threads[i], NULL, body, (void *)i) == 0);
    }
}

static void join(long n) {
    for (long i = 0; i < n; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

// OWN: every page says whose it is, at its start, after a header's place, and at its end.

struct held {
    uint64_t *words;
    size_t pages;
    uint64_t stamp;
};

static unsigned long calls_each;

static void stamp(struct held *h) {
    for (size_t i = 0; i < h->pages * WORDS; i += WORDS) {
        CHECK(h->words[i] == 0 && h->words[i + 2] == 0 && h->words[i + WORDS - 1] == 0);
        h->words[i] = h->words[i + 2] = h->words[i + WORDS - 1] = h->stamp;
    }
}

static void check_stamp(const struct held *h) {
    for (size_t i = 0; i < h->pages * WORDS; i += WORDS) {
        CHECK(h->words[i] == h->stamp && h->words[i + 2] == h->stamp);
        CHECK(h->words[i + WORDS - 1] == h->stamp);
    }
}

// Gives the number of calls it made.
static unsigned take(struct held *h, size_t pages, unsigned way, uint64_t stamp_word) {
    unsigned calls = 1;
    uintptr_t size = pages * PAGE;
    switch (way) {
    case 0: h->words = sysReserveAlignedSbrk(pages * PAGE, 8 * PAGE, &size); break;
    case 1: h->words = sysReserveOS(NULL, pages * PAGE, "own", 3); break;
    case 2: // Another thread may move the break in between: then it is nil.
        h->words = sysReserveOS((void *)gosbrk_bloc(), pages * PAGE, "own", 3);
        calls = 2;
        break;
    default: h->words = sysAllocOS(pages * PAGE - way, "own", 3); break;
    }
    CHECK(size == pages * PAGE && (way != 0 || (uintptr_t)h->words % (8 * PAGE) == 0));
    CHECK(h->words != NULL || way == 2);
    h->pages = pages;
    h->stamp = stamp_word;
    if (h->words != NULL) {
        stamp(h);
    }
    return calls;
}

static void give(struct held *h, size_t pages) {
    check_stamp(h);
    h->pages -= pages; // From its end: the rest stays a region.
    sysFreeOS(h->words + h->pages * WORDS, pages * PAGE);
    if (h->pages == 0) {
        h->words = NULL;
    }
}

static void *own(void *self) {
    struct held held[HELD] = {{NULL, 0, 0}};
    uint64_t random = (uint64_t)(long)self + 1;
    for (unsigned long calls = 0; calls < calls_each;) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct held *h = &held[(random >> 33) % HELD];
        size_t pages = 1 + (random >> 40) % MOST;
        if (h->words == NULL) {
            uint64_t word = (uint64_t)((long)self + 1) << 48 | (calls + 1);
            calls += take(h, pages, (unsigned)(random >> 56) % 32, word);
        } else {
            give(h, pages < h->pages ? pages : h->pages);
            calls++;
        }
    }
    for (int i = 0; i < HELD; i++) {
        if (held[i].words != NULL) {
            give(&held[i], held[i].pages);
        }
    }
    CHECK(gosbrk_last_error() == GOSBRK_OK);
    return NULL;
}

// SHARE

enum { OTHER_CALLS = 20 };

static unsigned long turns, calls[2];
static bool is_done[2];

static bool has_called(long thread, unsigned long start) {
    return __atomic_load_n(&calls[thread], __ATOMIC_RELAXED) - start >= OTHER_CALLS
           || __atomic_load_n(&is_done[thread], __ATOMIC_RELAXED);
}

// Takes the lock again at once; a turn is a call of one's own after a few of the other's.
static void *share(void *self) {
    long me = (long)self;
    for (unsigned long turn = 0; turn < turns; turn++) {
        unsigned long start = __atomic_load_n(&calls[!me], __ATOMIC_RELAXED);
        do {
            sysFreeOS(sysAllocOS(PAGE, "share", 5), PAGE);
            __atomic_add_fetch(&calls[me], 1, __ATOMIC_RELAXED);
        } while (!has_called(!me, start));
    }
    __atomic_store_n(&is_done[me], true, __ATOMIC_RELAXED);
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    unsigned long n = strtoul(argv[2], NULL, 10);
    gosbrk_config c;
    gosbrk_config_init(&c);
    c.misuse = GOSBRK_MISUSE_REPORT;
    CHECK(gosbrk_init(&c) == GOSBRK_OK);
    if (strcmp(argv[1], "own") == 0) {
        calls_each = n / THREADS;
        start(own, THREADS);
        join(THREADS);
        printf("%lu calls from %d threads, each page its owner's\n", n, THREADS);
    } else {
        CHECK(strcmp(argv[1], "share") == 0);
        turns = n;
        alarm(300); // A thread that never comes to its turn must not hold up the test for ever.
        start(share, 2);
        join(2);
        printf("%lu turns each\n", n);
    }
    gosbrk_stats s = {.size = sizeof s};
    gosbrk_get_stats(&s);
    CHECK(s.in_use == 0 && s.free == gosbrk_bloc() - gosbrk_base() && s.refusals == 0);
    CHECK(gosbrk_check() == GOSBRK_OK);
}
