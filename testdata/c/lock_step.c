// A fork at every instruction of a call: one thread makes the call in single steps, and
// after each another thread forks. In the child the first one does not exist, so the call
// stays for ever as far as it had come; the child must find a heap that is as it was before
// the call, or as it is after, and be able to use all of it. In one child out of DEEPER its
// first call is stepped through likewise. Prints a line for each call.
// A long file: stepping, forking and what a child looks at share the state of one process.
// Usage: lock_step STRIDE DEEPER [NAME]: forks at every STRIDEth instruction; one call.
#define _GNU_SOURCE
#include "check.h"
#include "gosbrk.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { PAGE = 4096, MIB = 1 << 20, REGIONS = 72, BLOCKS = 40, STAMP = 64, PATIENCE = 30 };

#define BASE 0x100000000u

// What can be seen of the heap.
struct state {
    uintptr_t bloc, bloc_max, in_use;
    size_t blocks;
    gosbrk_block block[BLOCKS];
};

// What the program has got. A region's first and last bytes say which one it is.
static struct region {
    unsigned char *p;
    size_t n;
} regions[REGIONS];

// One call, on a heap that was prepared for it.
struct scenario {
    const char *name;
    void (*prepare)(void), (*call)(void);
    uint32_t profile;
    bool has_middle; // It is made of several changes: states between them are right too.
    int victim;      // The region that it frees, in whole or in part, counted from 1.
};

static const struct scenario *now;
static struct state before, *after; // `after` is shared with the children.

// PREPARING

static void start(void) {
    gosbrk_config c;
    gosbrk_config_init(&c);
    c.misuse = GOSBRK_MISUSE_REPORT;
    c.profile = now->profile;
    c.base = BASE;
    CHECK(gosbrk_init(&c) == GOSBRK_OK);
}

static void stamp(struct region *r) {
    memset(r->p, (int)(r - regions) + 1, STAMP);
    memset(r->p + r->n - STAMP, (int)(r - regions) + 1, STAMP);
}

static bool is_stamped(const struct region *r) {
    for (size_t i = 0; i < STAMP; i++) {
        if (r->p[i] != r - regions + 1 || r->p[r->n - 1 - i] != r - regions + 1) {
            return false;
        }
    }
    return true;
}

// Regions of so many pages, from the first address up; those with a minus in front are
// free at the end.
static void lay_out(const int *pages, size_t count) {
    start();
    for (size_t i = 0; i < count; i++) {
        size_t n = (size_t)abs(pages[i]) * PAGE;
        regions[i] = (struct region){sysAllocOS(n, "layout", 6), n};
        CHECK(regions[i].p != NULL);
        stamp(&regions[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (pages[i] < 0) {
            sysFreeOS(regions[i].p, regions[i].n);
            regions[i].p = NULL;
        }
    }
    CHECK(gosbrk_last_error() == GOSBRK_OK);
}

#define LAYOUT(...) lay_out((const int[]){__VA_ARGS__}, sizeof (int[]){__VA_ARGS__} / sizeof(int))

static void nothing(void) {
}
static void live(void) {
    LAYOUT(1, 2, 1);
}
static void lowered(void) {
    LAYOUT(1, 2, -4);
}
static void holes(void) {
    LAYOUT(1, -2, 1, -3, 1, -2, 1);
}
static void hole_at_break(void) {
    LAYOUT(1, -2, 1);
    sysFreeOS(regions[2].p, PAGE - 1); // Not whole pages: it is not given to the break.
    regions[2].p = NULL;
}
static void between_holes(void) {
    LAYOUT(1, -2, 2, -3, 1);
}
static void wide_hole(void) {
    LAYOUT(1, -40, 1, -2, 1);
}
static void two_at_break(void) {
    LAYOUT(1, 2);
}
static void large(void) {
    LAYOUT(1, 9000, 1);
}
static void scattered(void) {
    LAYOUT(1, -1, 9000, -1, 9000, -1, 1);
}
// Of up to 32 free blocks the library has a table; with the 33rd it begins to find them by
// a tree, and with the 16th from above it returns to the table.
#define EIGHT 1, -2, 1, -2, 1, -2, 1, -2, 1, -2, 1, -2, 1, -2, 1, -2
static void thirty_two_holes(void) {
    LAYOUT(1, 1, EIGHT, EIGHT, EIGHT, EIGHT, 1);
}
static void thirty_four_holes(void) {
    LAYOUT(1, 1, EIGHT, EIGHT, EIGHT, EIGHT, 1, -2, 1, -2, 1);
}
static void seventeen_holes_of_thirty_four(void) {
    LAYOUT(1, EIGHT, EIGHT, EIGHT, EIGHT, 1, -2, 1, -2, 1, 1);
    for (int i = 0; i < 17; i++) {
        sysAllocOS(2 * (size_t)PAGE, "layout", 6);
    }
}

// THE CALLS

static void alloc_1(void) {
    sysAllocOS(PAGE, "call", 4);
}
static void alloc_2(void) {
    sysAllocOS(2 * PAGE, "call", 4);
}
static void alloc_3(void) {
    sysAllocOS(3 * PAGE, "call", 4);
}
static void alloc_large(void) {
    sysAllocOS(40 * MIB, "call", 4);
}
static void reserve_at_break(void) {
    sysReserveOS((void *)gosbrk_bloc(), 5 * PAGE, "call", 4);
}
static void aligned(void) {
    sysReserveAlignedSbrk(4 * PAGE, 16 * PAGE, NULL);
}
static void free_first(void) {
    sysFreeOS(regions[0].p, PAGE);
}
static void free_second(void) {
    sysFreeOS(regions[1].p, regions[1].n);
}
static void free_third(void) {
    sysFreeOS(regions[2].p, regions[2].n);
}
static void free_fifth(void) { // Of thirty_four_holes, between two holes.
    sysFreeOS(regions[4].p, regions[4].n);
}
static void free_last_but_three(void) { // Of seventeen_holes_of_thirty_four, between two holes.
    sysFreeOS(regions[67].p, regions[67].n);
}
static void free_head(void) {
    sysFreeOS(regions[1].p, PAGE);
}
static void free_tail(void) {
    sysFreeOS(regions[1].p + PAGE, PAGE);
}
static void free_inside(void) {
    sysFreeOS(regions[1].p + PAGE, regions[1].n - 2 * PAGE);
}
static void refused(void) {
    CHECK(sysAllocOS(0, "call", 4) == NULL);
}
static void begin_again(void) {
    memset(regions, 0, sizeof regions);
    start();
}
static void look(void) {
    gosbrk_bloc();
}

#define WASM_GO121 GOSBRK_PROFILE_WASM_GO121

static const struct scenario scenarios[] = {
    {"first call", nothing, alloc_1, 0, true, 0},
    {"alloc: all of a block", holes, alloc_2, 0, false, 0},
    {"alloc: the tail of a block", holes, alloc_1, 0, false, 0},
    {"alloc: the second block", holes, alloc_3, 0, false, 0},
    {"alloc: below blocMax", lowered, alloc_3, 0, false, 0},
    {"alloc: above blocMax", live, alloc_3, 0, false, 0},
    {"alloc: above a free block", hole_at_break, alloc_3, 0, false, 0},
    {"alloc: more records", live, alloc_large, 0, false, 0},
    {"alloc: records move", scattered, alloc_large, 0, false, 0},
    {"reserve at the break", holes, reserve_at_break, 0, false, 0},
    {"aligned: from the list", wide_hole, aligned, 0, true, 0},
    {"aligned: at the break", holes, aligned, 0, true, 0},
    {"free: the lowest", live, free_first, 0, false, 1},
    {"free: alone", holes, free_first, 0, false, 1},
    {"free: in the middle", live, free_second, 0, false, 2},
    {"free: between two blocks", between_holes, free_third, 0, false, 3},
    {"free: at the break", live, free_third, 0, false, 3},
    {"free: the head of a region", live, free_head, 0, false, 2},
    {"free: the tail of a region", live, free_tail, 0, false, 2},
    {"free: the tail of a region at the break", two_at_break, free_tail, 0, false, 2},
    {"free: inside a region", large, free_inside, 0, false, 2},
    {"free: one more than few", thirty_two_holes, free_first, 0, false, 1},
    {"alloc: one of many", thirty_four_holes, alloc_2, 0, false, 0},
    {"alloc: the tail of one of many", thirty_four_holes, alloc_1, 0, false, 0},
    {"free: one more than many", thirty_four_holes, free_first, 0, false, 1},
    {"free: between two of many", thirty_four_holes, free_fifth, 0, false, 5},
    {"alloc: few are left of many", seventeen_holes_of_thirty_four, alloc_2, 0, false, 0},
    {"free: few are left of many", seventeen_holes_of_thirty_four, free_last_but_three, 0, false, 68},
    {"refused", holes, refused, 0, false, 0},
    {"set up again", holes, begin_again, 0, true, 0},
    {"Go 1.21 on wasm: alloc", holes, alloc_2, WASM_GO121, false, 0},
    {"Go 1.21 on wasm: grow", live, alloc_large, WASM_GO121, false, 0},
    {"Go 1.21 on wasm: aligned", live, aligned, WASM_GO121, true, 0},
};

// WHAT A CHILD FINDS

static struct state state(void) {
    static gosbrk_stats stats;
    stats.size = sizeof stats;
    struct state s;
    memset(&s, 0, sizeof s);
    gosbrk_get_stats(&stats);
    s.bloc = gosbrk_bloc();
    s.bloc_max = gosbrk_blocMax();
    s.in_use = stats.in_use;
    s.blocks = gosbrk_freelist(s.block, BLOCKS);
    CHECK(s.blocks <= BLOCKS && s.blocks == stats.free_blocks);
    size_t free = 0;
    for (size_t i = 0; i < s.blocks; i++) {
        free += s.block[i].size;
    }
    CHECK(free == stats.free);
    if (now->profile != WASM_GO121) {
        CHECK(stats.in_use + stats.free == s.bloc - gosbrk_base());
        CHECK(s.bloc_max == gosbrk_base() + stats.high_water);
    } else {
        CHECK(stats.in_use + stats.free == stats.high_water);
    }
    for (size_t i = 0; i < stats.names; i++) {
        const char *name = stats.by_name[i].name;
        CHECK(strcmp(name, "layout") == 0 || strcmp(name, "call") == 0
              || strcmp(name, "child") == 0 || strcmp(name, "(unnamed)") == 0);
    }
    CHECK(gosbrk_check() == GOSBRK_OK && gosbrk_last_error() == GOSBRK_OK);
    return s;
}

static bool is_same(const struct state *a, const struct state *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

static void take(size_t n) {
    unsigned char *p = sysAllocOS(n, "child", 5);
    CHECK(p != NULL);
    for (size_t i = 0; i < n; i++) {
        CHECK(p[i] == 0);
    }
    memset(p, 0xee, n);
}

// Uses everything that there is.
static void check_heap(void) {
    CHECK(gosbrk_bloc() != 0);
    struct state s = state();
    bool begun = !is_same(&s, &before);
    if (begun && !now->has_middle) {
        CHECK(is_same(&s, after));
    }
    for (int i = 0; i < REGIONS; i++) {
        struct region *r = &regions[i];
        if (r->p == NULL) {
            continue;
        }
        if (i + 1 != now->victim) {
            CHECK(is_stamped(r));
            sysFreeOS(r->p, r->n);
            CHECK(gosbrk_last_error() == GOSBRK_OK);
        } else {
            sysFreeOS(r->p, r->n);
            CHECK((gosbrk_last_error() == GOSBRK_OK) == !begun);
        }
    }
    s = state();
    for (size_t i = 0; i < s.blocks; i++) {
        take(s.block[i].size > 9 * PAGE ? 9 * (size_t)PAGE : s.block[i].size);
    }
    take(gosbrk_blocMax() - gosbrk_bloc() + 3 * PAGE); // The break moves.
    void *p = sysReserveAlignedSbrk(PAGE * 16, PAGE * 64, NULL);
    CHECK(p != NULL && (uintptr_t)p % (PAGE * 64) == 0);
    CHECK(state().in_use >= 3 * PAGE);
    if (now->call == alloc_large) { // More records than before, whichever were there.
        unsigned char *large = sysAllocOS(128 * MIB, "child", 5);
        CHECK(large != NULL);
        sysFreeOS(large + MIB, 120 * MIB); // Nothing else that is free is as large.
        CHECK(sysAllocOS(120 * MIB, "child", 5) == large + MIB);
    }
}

// SINGLE STEPS

enum { OFTEN = 8, SELDOM = 64 };

static int to_forker[2], to_stepper[2];
static volatile bool stepping;
static unsigned long stride, deeper_every, steps;
static unsigned char visits[1 << 20]; // By the low bits of an instruction's address.
static unsigned long *forks;          // Of the present call, and of all. Shared.

// After each instruction. One that is reached again and again, as in a loop, counts only
// from time to time.
static void stepped(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    const ucontext_t *u = context;
    uintptr_t rip = (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
    unsigned char visit = ++visits[rip % sizeof visits];
    if (!stepping || (visit > OFTEN && visit % SELDOM != 0) || ++steps % stride != 0) {
        return;
    }
    char c = 's';
    CHECK(write(to_forker[1], &c, 1) == 1 && read(to_stepper[0], &c, 1) == 1);
}

#define TRAP(change)                                                                    \
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\t" change                      \
                     "\n\tpopfq\n\tlea 128(%%rsp), %%rsp" ::: "memory", "cc")

static void *step(void *call) {
    void (*f)(void) = *(void (**)(void))call;
    stepping = true;
    TRAP("orl $0x100, (%%rsp)");
    f();
    TRAP("andl $~0x100, (%%rsp)");
    stepping = false;
    CHECK(write(to_forker[1], "e", 1) == 1);
    return NULL;
}

static void step_through(void (*call)(void), bool deeper);

static void child(bool deeper) {
    // A lock that nobody will open must not hold up the test for ever.
    alarm(deeper ? 20 * PATIENCE : PATIENCE);
    if (deeper) {
        step_through(look, false); // A fork at every instruction of the repair, too.
    }
    check_heap();
    _exit(0);
}

static void step_through(void (*call)(void), bool deeper) {
    struct sigaction action = {.sa_sigaction = stepped, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGTRAP, &action, NULL) == 0);
    CHECK(pipe(to_forker) == 0 && pipe(to_stepper) == 0);
    memset(visits, 0, sizeof visits);
    pthread_t stepper;
    CHECK(pthread_create(&stepper, NULL, step, &call) == 0);
    for (char c; read(to_forker[0], &c, 1) == 1 && c == 's';) {
        unsigned long n = __atomic_add_fetch(&forks[1], 1, __ATOMIC_RELAXED);
        __atomic_add_fetch(&forks[0], 1, __ATOMIC_RELAXED);
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            stepping = false;
            child(deeper && n % deeper_every == 0);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "lock_step: %s: the child of fork %lu ended with status %#x%s\n",
                    now->name, n, (unsigned)status,
                    WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? ": it hung" : "");
            exit(1);
        }
        CHECK(write(to_stepper[1], "c", 1) == 1);
    }
    CHECK(pthread_join(stepper, NULL) == 0);
}

// In a process of its own, in which the library was never called.
static void run(const struct scenario *scenario) {
    now = scenario;
    forks[0] = 0;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        now->prepare();
        if (now->prepare != nothing) {
            before = state();
        }
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            now->call();
            gosbrk_last_error();
            *after = state();
            _exit(0);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
        step_through(now->call, true);
        gosbrk_last_error();
        struct state s = state();
        CHECK(is_same(&s, after));
        exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    printf("%-28s %6lu forks\n", now->name, forks[0]);
    fflush(stdout);
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    stride = strtoul(argv[1], NULL, 10);
    deeper_every = strtoul(argv[2], NULL, 10);
    const size_t size = sizeof *after + 2 * sizeof *forks;
    after = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(after != MAP_FAILED);
    forks = (unsigned long *)(after + 1);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (argc < 4 || strcmp(argv[3], scenarios[i].name) == 0) {
            run(&scenarios[i]);
        }
    }
}
