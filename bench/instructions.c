// The ten hot calls, one after the other, for an instruction count of each by
// `cargo xtask instructions`.
//
//     instructions          prints the names of the calls, and how often each is made
//     instructions NAME     makes that call so often, each time in a function hot_…
//
// Nothing grows while it is counted: no call reaches the kernel.
#include <gosbrk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, HOLES = 1000, ROUNDS = 100 };

static const char NAME[] = "heap";
enum { LEN = sizeof NAME - 1 };

static void must(int truth, const char *what) {
    if (!truth) {
        fprintf(stderr, "instructions: %s\n", what);
        exit(1);
    }
}

static char *pages(size_t n) {
    char *p = sysAllocOS(n * PAGE, NAME, LEN);
    must(p != NULL, "out of memory");
    return p;
}

// What is counted: each of these calls the library once.
#define HOT __attribute__((noinline, noclone)) static

HOT char *hot_alloc(size_t n) { return sysAllocOS(n * PAGE, NAME, LEN); }
HOT void hot_free(char *p, size_t n) { sysFreeOS(p, n * PAGE); }
HOT char *hot_reserve(char *p, size_t n) { return sysReserveOS(p, n * PAGE, NAME, LEN); }
HOT void hot_used(char *p, size_t n) { sysUsedOS(p, n * PAGE); }
HOT char *hot_aligned(size_t n, size_t align) {
    uintptr_t reserved;
    char *p = sysReserveAlignedSbrk(n * PAGE, align * PAGE, &reserved);
    must(reserved == n * PAGE, "reserved another size");
    return p;
}

// 1,000 free pages, each with a live one behind it, which is what is returned: the
// address of the lowest free page.
static char *holes(void) {
    char *first = pages(2 * HOLES);
    for (size_t i = HOLES; i > 0; i--)
        sysFreeOS(first + 2 * (i - 1) * PAGE, PAGE);
    return first;
}

static void alloc_break(void) {
    sysFreeOS(pages(ROUNDS), ROUNDS * PAGE);
    for (int i = 0; i < ROUNDS; i++)
        hot_alloc(1);
}

static void free_break(void) {
    char *p = pages(ROUNDS);
    for (int i = ROUNDS; i > 0; i--)
        hot_free(p + (i - 1) * PAGE, 1);
}

static void alloc_exact(void) {
    char *first = holes();
    for (int i = 0; i < ROUNDS; i++)
        must(hot_alloc(1) == first + 2 * i * PAGE, "not the lowest block");
}

static void alloc_tail(void) {
    holes();
    char *large = pages(2 * ROUNDS + 1);
    pages(2); // which fit into no hole, so they keep the large block off the break
    sysFreeOS(large, (2 * ROUNDS + 1) * PAGE);
    for (int i = ROUNDS; i > 0; i--)
        must(hot_alloc(2) == large + (2 * i - 1) * PAGE, "not the tail of the large block");
}

static void alloc_none(void) {
    holes();
    sysFreeOS(pages(2 * ROUNDS), 2 * ROUNDS * PAGE);
    for (int i = 0; i < ROUNDS; i++)
        must(hot_alloc(2) == (char *)gosbrk_bloc() - 2 * PAGE, "not at the break");
}

static void free_alone(void) {
    char *first = pages(2 * ROUNDS);
    for (int i = 0; i < ROUNDS; i++)
        hot_free(first + 2 * i * PAGE, 1);
}

static void free_merge(void) {
    char *first = holes();
    for (int i = 0; i < ROUNDS; i++)
        hot_free(first + (4 * i + 1) * PAGE, 1);
}

static void reserve_break(void) {
    holes();
    sysFreeOS(pages(ROUNDS), ROUNDS * PAGE);
    for (int i = 0; i < ROUNDS; i++)
        must(hot_reserve((char *)gosbrk_bloc(), 1) != NULL, "not at the break");
}

static void reserve_aligned(void) {
    char *large = pages(64 * ROUNDS);
    pages(1);
    sysFreeOS(large, (size_t)64 * ROUNDS * PAGE);
    for (int i = 0; i < ROUNDS; i++)
        must(hot_aligned(16, 16) != NULL, "out of memory");
}

static void used(void) {
    char *p = pages(1);
    for (int i = 0; i < ROUNDS; i++)
        hot_used(p, 1);
}

static const struct {
    const char *name;
    void (*run)(void);
} calls[] = {
    {"alloc-break", alloc_break},     {"alloc-exact", alloc_exact},
    {"alloc-tail", alloc_tail},       {"alloc-none", alloc_none},
    {"free-break", free_break},       {"free-alone", free_alone},
    {"free-merge", free_merge},       {"reserve-break", reserve_break},
    {"reserve-aligned", reserve_aligned}, {"used", used},
};

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (argc < 2) {
            printf("%s %d\n", calls[i].name, ROUNDS);
        } else if (strcmp(argv[1], calls[i].name) == 0) {
            calls[i].run();
            return 0;
        }
    }
    must(argc < 2, "no such call");
    return 0;
}
