// Calls every function of gosbrk.h and looks at what it gives. Prints the segment's
// address, which tests read.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include "gosbrk.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define PAGE ((uintptr_t)sysconf(_SC_PAGESIZE))
#define NAME "index", 5

static char *at(uintptr_t offset) {
    return (char *)gosbrk_base() + offset;
}

static bool is_zero(const char *p, size_t n) {
    return *p == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static void texts(void) {
    CHECK(strcmp(gosbrk_version(), GOSBRK_VERSION) == 0);
    for (int code = GOSBRK_OK; code <= GOSBRK_E_CONFIG; code++) {
        CHECK(strlen(gosbrk_error_text(code)) > 0);
        CHECK(strcmp(gosbrk_error_text(code), gosbrk_error_text(-1)) != 0);
    }
}

static void set_up(void) {
    gosbrk_config_init(NULL);
    gosbrk_config c;
    memset(&c, 0xff, sizeof c);
    gosbrk_config_init(&c);
    CHECK(c.size == sizeof c && c.profile == GOSBRK_PROFILE_PLAN9);
    CHECK(c.advice == GOSBRK_ADVICE_GO && c.misuse == GOSBRK_MISUSE_ABORT);
    CHECK(c.check == GOSBRK_CHECK_FAST);
    CHECK(c.base == 0 && c.start == 0 && c.initial == 0 && c.limit == 0);

    c.advice = GOSBRK_ADVICE_OS;
    c.misuse = GOSBRK_MISUSE_REPORT;
    c.check = GOSBRK_CHECK_FULL;
    c.start = 1;
    c.initial = 2 * PAGE;
    c.limit = 64 * PAGE;
    CHECK(gosbrk_init(&c) == GOSBRK_OK);
    CHECK(gosbrk_base() % PAGE == 0 && gosbrk_bloc() == gosbrk_base() + PAGE);
    CHECK(gosbrk_blocMax() == gosbrk_base() + 2 * PAGE);

    uintptr_t base = gosbrk_base();
    c.size--;
    CHECK(gosbrk_init(&c) == GOSBRK_E_CONFIG);
    c.size++;
    c.profile = 3;
    CHECK(gosbrk_init(&c) == GOSBRK_E_CONFIG);
    CHECK(gosbrk_base() == base && gosbrk_last_error() == GOSBRK_OK);
}

static void memory(void) {
    char *p = sysAllocOS(2 * PAGE, NAME);
    CHECK(p == at(PAGE) && is_zero(p, 2 * PAGE));
    CHECK(gosbrk_blocMax() == gosbrk_base() + 3 * PAGE);
    memset(p, 'x', 2 * PAGE);
    CHECK(sysReserveOS(p, PAGE, NAME) == NULL && gosbrk_last_error() == GOSBRK_OK);
    char *top = sysReserveOS((void *)gosbrk_bloc(), PAGE, NULL, 0);
    CHECK(top == at(3 * PAGE));

    uintptr_t reserved = 0;
    char *aligned = sysReserveAlignedSbrk(4 * PAGE, 8 * PAGE, &reserved);
    CHECK(aligned == at(8 * PAGE) && reserved == 4 * PAGE);
    CHECK(sysReserveAlignedSbrk(100 * PAGE, PAGE, &reserved) == NULL && reserved == 0);
    CHECK(gosbrk_last_error() == GOSBRK_E_NOMEM && gosbrk_last_error() == GOSBRK_OK);
    CHECK(sysReserveAlignedSbrk(PAGE, 3, NULL) == NULL);
    CHECK(gosbrk_last_error() == GOSBRK_E_ALIGN);

    sysFreeOS(p, PAGE);
    sysFreeOS(NULL, 1);
    gosbrk_block blocks[3] = {{0, 0}, {0, 0}, {1, 1}};
    CHECK(gosbrk_freelist(NULL, 0) == 2 && gosbrk_freelist(blocks, 3) == 2);
    CHECK(gosbrk_freelist(NULL, 3) == 2 && gosbrk_last_error() == GOSBRK_OK);
    CHECK(blocks[0].addr == (uintptr_t)p && blocks[0].size == PAGE);
    CHECK(blocks[1].addr == (uintptr_t)at(4 * PAGE) && blocks[1].size == 4 * PAGE);
    CHECK(blocks[2].addr == 1 && blocks[2].size == 1);
    CHECK(gosbrk_check() == GOSBRK_OK);

    CHECK(sysAllocOS(PAGE, NAME) == p && is_zero(p, PAGE) && p[PAGE] == 'x');
    sysFreeOS(p, PAGE);
    sysFreeOS(p + PAGE, PAGE);
    p[PAGE] = 'x'; // What nobody may do.
    CHECK(gosbrk_check() == GOSBRK_E_DIRTY);
    CHECK(sysAllocOS(PAGE, NAME) == NULL && gosbrk_last_error() == GOSBRK_E_DIRTY);
    p[PAGE] = 0;
    CHECK(gosbrk_check() == GOSBRK_OK);
}

static void hints(void) {
    char *p = at(8 * PAGE);
    CHECK(!needZeroAfterSysUnusedOS());
    memset(p, 'x', PAGE);
    sysUnusedOS(p, PAGE);
    CHECK(is_zero(p, PAGE));
    sysUsedOS(p, PAGE);
    sysHugePageOS(p, PAGE);
    sysHugePageCollapseOS(p, PAGE);
    sysNoHugePageOS(p, PAGE);
    sysFaultOS(p, PAGE);
    sysMapOS(p, PAGE, NAME);
    *p = 'x';
    CHECK(gosbrk_last_error() == GOSBRK_OK);
    sysUnusedOS(p, PAGE - 1);
    CHECK(gosbrk_last_error() == GOSBRK_E_UNALIGNED);
}

static void statistics(void) {
    gosbrk_stats s = {.size = sizeof s};
    gosbrk_get_stats(&s);
    CHECK(s.size == sizeof s && s.in_use == 5 * PAGE && s.free == 6 * PAGE);
    CHECK(s.free_blocks == 2 && s.high_water == 12 * PAGE);
    CHECK(s.resident > 0 && s.resident <= s.high_water);
    CHECK(s.growths == 3 && s.refusals == 4);
    CHECK(s.names == 2 && strcmp(s.by_name[1].name, "(unnamed)") == 0);
    CHECK(strcmp(s.by_name[0].name, "index") == 0);
    CHECK(s.by_name[0].calls == 3 && s.by_name[0].bytes == 4 * PAGE);

    // A caller that was compiled for a shorter struct.
    uint64_t head[4] = {sizeof head - sizeof *head, 0, 0, 7};
    gosbrk_get_stats((gosbrk_stats *)head);
    CHECK(head[1] == s.in_use && head[2] == s.free && head[3] == 7);
    gosbrk_get_stats(NULL);
}

int main(void) {
    texts();
    set_up();
    memory();
    hints();
    statistics();
    CHECK(gosbrk_init(NULL) == GOSBRK_OK && needZeroAfterSysUnusedOS());
    CHECK(gosbrk_bloc() == gosbrk_base() && gosbrk_blocMax() == gosbrk_base());
    printf("base %#" PRIxPTR "\n", gosbrk_base());
}
