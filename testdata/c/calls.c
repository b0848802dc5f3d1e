// Calls the library in sizes and amounts that reach every system call of it. `calls os`
// and `calls go` set that advice. `calls abort` ends with a misuse.
#include "check.h"
#include "gosbrk.h"

#include <string.h>

enum { PAGE = 4096, BLOCKS = 300, GIB = 1 << 30 };

static char *blocks[BLOCKS];

// On free, small sizes are cleared by hand, middle ones are checked for touched pages
// first, and the largest are released to the kernel.
static size_t size(int i) {
    static const size_t sizes[] = {PAGE, 16 << 10, 128 << 10, 1 << 20, 5 << 20};
    return sizes[i % 5];
}

static void set_up(int advice, int check) {
    gosbrk_config c;
    gosbrk_config_init(&c);
    c.advice = advice;
    c.misuse = GOSBRK_MISUSE_REPORT;
    c.check = check;
    c.limit = GIB;
    CHECK(gosbrk_init(&c) == GOSBRK_OK);
}

static bool is_zero(const char *p, size_t n) {
    return *p == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static void take(int from, int step) {
    for (int i = from; i < BLOCKS; i += step) {
        blocks[i] = sysAllocOS(size(i), "block", 5);
        CHECK(blocks[i] != NULL && is_zero(blocks[i], size(i)));
        memset(blocks[i], 'x', size(i));
    }
}

static void hints(char *p, size_t n) {
    sysUnusedOS(p, n);
    CHECK(needZeroAfterSysUnusedOS() || is_zero(p, n));
    sysUsedOS(p, n);
    sysHugePageOS(p, n);
    sysNoHugePageOS(p, n);
    sysHugePageCollapseOS(p, n);
    sysFaultOS(p, n);
    sysMapOS(p, n, "block", 5);
    memset(p, 'y', n);
}

static void work(void) {
    take(0, 1);
    for (int i = 0; i < BLOCKS; i += 2) {
        sysFreeOS(blocks[i], size(i));
    }
    CHECK(gosbrk_freelist(NULL, 0) > 32 && gosbrk_check() == GOSBRK_OK);
    for (int i = 1; i < 20; i += 2) {
        hints(blocks[i], size(i));
    }
    uintptr_t n = 0;
    char *arena = sysReserveAlignedSbrk(64 << 20, 64 << 20, &n);
    CHECK(arena != NULL && sysReserveOS((void *)gosbrk_bloc(), PAGE, NULL, 0) != NULL);
    hints(arena, n);
    sysFreeOS(arena, n);
    take(0, 2);
    CHECK(sysAllocOS(GIB, "block", 5) == NULL && gosbrk_last_error() == GOSBRK_E_NOMEM);
    sysFreeOS(arena, PAGE - 1);
    gosbrk_stats stats = {.size = sizeof stats};
    gosbrk_get_stats(&stats);
    CHECK(stats.resident > 0);
}

int main(int count, char **words) {
    CHECK(count == 2);
    if (strcmp(words[1], "abort") == 0) {
        sysFreeOS(&count, PAGE);
        return 1;
    }
    int advice = strcmp(words[1], "os") == 0 ? GOSBRK_ADVICE_OS : GOSBRK_ADVICE_GO;
    set_up(advice, GOSBRK_CHECK_FAST);
    work();
    // The segment and its records go back to the kernel.
    set_up(advice, GOSBRK_CHECK_FULL);
    work();
}
