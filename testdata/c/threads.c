// Threads: each has its own last error, and no two are given the same memory. Prints
// how many calls were made.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include "gosbrk.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 20000, HELD = 16, PAGE = 4096 };

static pthread_barrier_t barrier;

// Every thread fails in its own way, and asks when all have failed.
static void own_error(long self) {
    static const int want[] = {GOSBRK_E_ZERO, GOSBRK_E_ALIGN, GOSBRK_E_RANGE, GOSBRK_OK};
    switch (self % 4) {
    case 0: sysAllocOS(0, NULL, 0); break;
    case 1: sysReserveAlignedSbrk(PAGE, 3, NULL); break;
    case 2: sysFreeOS((void *)(gosbrk_blocMax() + PAGE), PAGE); break;
    }
    pthread_barrier_wait(&barrier);
    CHECK(gosbrk_last_error() == want[self % 4]);
    CHECK(gosbrk_last_error() == GOSBRK_OK);
    pthread_barrier_wait(&barrier);
}

// Each page that a thread holds says whose it is, from its first word to its last.
struct held {
    uint64_t *words;
    size_t pages;
    uint64_t stamp;
};

enum { WORDS = PAGE / sizeof(uint64_t) };

static void take(struct held *h, size_t pages, uint64_t stamp) {
    h->words = sysAllocOS(pages * PAGE, "stamped", 7);
    CHECK(h->words != NULL);
    h->pages = pages;
    h->stamp = stamp;
    for (size_t i = 0; i < pages * WORDS; i += WORDS) {
        CHECK(h->words[i] == 0 && h->words[i + 1] == 0 && h->words[i + WORDS - 1] == 0);
        h->words[i] = h->words[i + 1] = h->words[i + WORDS - 1] = stamp;
    }
}

static void give(struct held *h) {
    for (size_t i = 0; i < h->pages * WORDS; i += WORDS) {
        CHECK(h->words[i] == h->stamp && h->words[i + 1] == h->stamp);
        CHECK(h->words[i + WORDS - 1] == h->stamp);
    }
    sysFreeOS(h->words, h->pages * PAGE);
    h->words = NULL;
}

static void hammer(long self) {
    struct held held[HELD] = {{NULL, 0, 0}};
    uint64_t random = (uint64_t)self + 1;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct held *h = &held[(random >> 33) % HELD];
        if (h->words != NULL) {
            give(h);
        } else {
            take(h, 1 + (random >> 40) % 4, (uint64_t)(self + 1) << 32 | round);
        }
    }
    for (int i = 0; i < HELD; i++) {
        if (held[i].words != NULL) {
            give(&held[i]);
        }
    }
}

static void *thread(void *self) {
    own_error((long)self);
    hammer((long)self);
    CHECK(gosbrk_last_error() == GOSBRK_OK);
    return NULL;
}

int main(void) {
    gosbrk_config c;
    gosbrk_config_init(&c);
    c.misuse = GOSBRK_MISUSE_REPORT;
    CHECK(gosbrk_init(&c) == GOSBRK_OK);

    pthread_t threads[THREADS];
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    for (long i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, thread, (void *)i) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    gosbrk_stats s = {.size = sizeof s};
    gosbrk_get_stats(&s);
    CHECK(s.in_use == 0 && s.free == gosbrk_bloc() - gosbrk_base());
    CHECK(gosbrk_check() == GOSBRK_OK);
    CHECK(strcmp(s.by_name[0].name, "stamped") == 0);
    printf("%d threads, %llu allocations, each page its owner's\n", THREADS,
           (unsigned long long)s.by_name[0].calls);
}
