// Measures how much stack each function takes: it runs on a painted one, in a process of
// its own, and its deepest touch is looked up afterwards, even if the process has died.
//
// Its arguments are situations: first (the first call of the process), good (a call that
// succeeds), bad (one that is refused), contended (one that is refused while other threads
// keep the lock). Prints a line for each function with the bytes that it took in each, its
// return address included. The environment variable GOSBRK must have base=0x100000000.
#define _GNU_SOURCE
#include "check.h"
#include "gosbrk.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 16384, PAGE = 65536, CONTENDED_CALLS = 50 };

#define BASE 0x100000000u

static unsigned char *stack; // Shared with the children.

static gosbrk_config good_config, bad_config;
static gosbrk_block blocks[8];
static gosbrk_stats stats;
static uintptr_t reserved;
static const char name[] = "\x01 a name that is too long to be kept whole \xff";

#define NAME (uintptr_t)name, sizeof name - 1
#define P(object) (uintptr_t)&(object)

// Every function, with arguments that it accepts once there are three pages of which the
// middle one is free, and with some that it refuses, if it ever refuses any.
static const struct function {
    const char *name;
    void *function;
    uintptr_t good[4], bad[4];
} functions[] = {
#define F(f) #f, (void *)(uintptr_t)f
    {F(sysAllocOS), {2 * PAGE, NAME}, {0, NAME}},
    {F(sysFreeOS), {BASE, PAGE}, {BASE + 1, PAGE}},
    {F(sysReserveOS), {0, PAGE, NAME}, {0, 0, NAME}},
    {F(sysReserveAlignedSbrk), {PAGE, 64 * PAGE, P(reserved)}, {PAGE, 3, P(reserved)}},
    {F(sysMapOS), {BASE, PAGE, NAME}, {BASE + 1, PAGE, NAME}},
    {F(sysUnusedOS), {BASE, PAGE}, {BASE + 1, PAGE}},
    {F(sysUsedOS), {BASE, PAGE}, {BASE + 1, PAGE}},
    {F(sysHugePageOS), {BASE, 64 * PAGE}, {BASE, 0x10000000000}},
    {F(sysNoHugePageOS), {BASE, PAGE}, {BASE + 1, PAGE}},
    {F(sysHugePageCollapseOS), {BASE, PAGE}, {BASE + 1, PAGE}},
    {F(sysFaultOS), {BASE, PAGE}, {BASE + 1, PAGE}},
    {F(needZeroAfterSysUnusedOS), {0}, {0}},
    {F(gosbrk_config_init), {P(good_config)}, {0}},
    {F(gosbrk_init), {P(good_config)}, {P(bad_config)}},
    {F(gosbrk_base), {0}, {0}},
    {F(gosbrk_bloc), {0}, {0}},
    {F(gosbrk_blocMax), {0}, {0}},
    {F(gosbrk_freelist), {P(blocks), 8}, {0, 0}},
    {F(gosbrk_check), {0}, {0}},
    {F(gosbrk_get_stats), {P(stats)}, {0}},
    {F(gosbrk_last_error), {0}, {0}},
    {F(gosbrk_error_text), {GOSBRK_E_DIRTY}, {99}},
    {F(gosbrk_version), {0}, {0}},
};

// Calls f(args...) with the stack pointer at the end of the painted stack.
static void call(void *f, const uintptr_t args[4]) {
    uintptr_t a = args[0], b = args[1], c = args[2], d = args[3];
    __asm__ volatile("mov %%rsp, %%rbx\n\t"
                     "mov %[top], %%rsp\n\t"
                     "call *%[f]\n\t"
                     "mov %%rbx, %%rsp"
                     : "+D"(a), "+S"(b), "+d"(c), "+c"(d)
                     : [top] "r"(stack + STACK), [f] "r"(f)
                     : "rax", "rbx", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0",
                       "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static void three_pages(void) {
    for (int i = 0; i < 3; i++) {
        sysAllocOS(PAGE, "page", 4);
    }
    sysFreeOS((void *)(BASE + (uintptr_t)PAGE), PAGE);
}

static void *keep_locked(void *unused) {
    for (;;) {
        gosbrk_check();
    }
    return unused;
}

static void first(const struct function *f) {
    call(f->function, f->good);
}

static void good(const struct function *f) {
    three_pages();
    call(f->function, f->good);
}

static void bad(const struct function *f) {
    three_pages();
    call(f->function, f->bad);
}

static void contended(const struct function *f) {
    sysAllocOS(64 * PAGE, "page", 4);
    sysFreeOS((void *)(uintptr_t)BASE, 63 * PAGE); // So that a check takes its time.
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, keep_locked, NULL) == 0);
    }
    for (int i = 0; i < CONTENDED_CALLS; i++) {
        call(f->function, f->bad);
    }
}

typedef void situation(const struct function *f);

static situation *find(const char *name) {
    static const struct {
        const char *name;
        situation *situation;
    } all[] = {{"first", first}, {"good", good}, {"bad", bad}, {"contended", contended}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(name, all[i].name) == 0) {
            return all[i].situation;
        }
    }
    fprintf(stderr, "stack: there is no situation %s\n", name);
    exit(1);
}

// Bytes that the call touched, found with one paint.
static size_t depth_with(unsigned char paint, const struct function *f, situation *act) {
    memset(stack, paint, STACK);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(60);
        act(f);
        _exit(0);
    }
    CHECK(waitpid(pid, NULL, 0) == pid);
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == paint) {
        untouched++;
    }
    CHECK(untouched > 0 && untouched < STACK); // It ran, and on this stack alone.
    return STACK - untouched;
}

// With two paints, since a byte may be written that looks like one.
static size_t depth(const struct function *f, situation *act) {
    size_t a = depth_with(0x5a, f, act), b = depth_with(0xa5, f, act);
    return a > b ? a : b;
}

int main(int argc, char **argv) {
    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(stack != MAP_FAILED);
    gosbrk_config_init(&good_config);
    good_config.base = BASE;
    bad_config = good_config;
    bad_config.check = 2;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        printf("%s", functions[i].name);
        for (int j = 1; j < argc; j++) {
            fflush(stdout); // Not to be written by the children too.
            printf(" %zu", depth(&functions[i], find(argv[j])));
        }
        printf("\n");
    }
}
