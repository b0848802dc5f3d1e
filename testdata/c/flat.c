// The object that goes into a Go root, called as the Go runtime calls it, each time on a
// painted stack. Prints a line for each call: its name, what it gave, the address as an
// offset from the base, and the bytes of stack that it took, its return address included.
//
// Its arguments: where the segment goes, the text that stands for GOSBRK, and 1 if reserved
// memory is to be inaccessible. With a fourth, a number of bytes, something is mapped there
// already, and the segment may go elsewhere within as many bytes.
#define _GNU_SOURCE
#include "check.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STACK = 16384, PAGE = 4096 };

static uint64_t state[1024];

static struct {
    void *state;
    uintptr_t state_size, base, stride, ceiling;
    const char *ceiling_text;
    uintptr_t ceiling_text_size, closes, advice, cstack, arenas;
    const char *settings;
    uintptr_t settings_size, thread, least, finds_limit, processors, others, memory_limit,
        address_space;
    const void *watch;
    uintptr_t window, page;
} init;

static struct request {
    void *state;
    uintptr_t function, v, n, align;
    const char *name;
    uintptr_t name_size, thread;
    const void *more;
    uintptr_t more_size, p, size, errno_;
} request;

// What a recorder reads of a Go runtime: two chunks of 128 pages, in the second of two
// tables, and a thread that runs goroutine 7.
static uint64_t counters[5] = {1 << 20, 2 << 20, 3 << 20, 4 << 20, 0};
static const int64_t memory_limit = INT64_MAX;
static uint32_t cycles = 3;
static uint64_t bitmaps[4][4] = {{0}, {0x5, 1ull << 63}, {0}, {0}};
static uint64_t (*chunks[2])[4] = {NULL, bitmaps};
static const uintptr_t first_chunk = 4, end_chunk = 7;
static const struct {
    uint64_t id;
} goroutine = {7};
static struct {
    uint64_t thread;
    const void *goroutine;
} thread_of_go = {77, &goroutine};

#define P(object) (uintptr_t)&(object)

static struct {
    uintptr_t release, release_size, heap_page, chunk_bytes, counters[4], cycles;
    uintptr_t goal, memory_limit, procid, curg, goid, chunks, outer, inner, stride, first, end;
    uintptr_t origin;
    char **argv;
    uintptr_t argc;
} watch = {
    (uintptr_t)"go1.99", 6, 8192, 128 * 8192,
    {P(counters[0]), P(counters[1]), P(counters[2]), P(counters[3])}, P(cycles),
    P(counters[4]), P(memory_limit), 0, 8, 0, P(chunks), 2, 4, sizeof bitmaps[0],
    P(first_chunk), P(end_chunk), 0x100000000, NULL, 0,
};

int gosbrk_runtime_init(void *init);
int gosbrk_runtime(void *request);
int gosbrk_runtime_stack_full(void *fault);

static unsigned char *stack;

// Calls f(arg) with the stack pointer at the end of the painted stack, and reports.
static int call(const char *name, int f(void *), void *arg, unsigned char paint) {
    int gave;
    memset(stack, paint, STACK);
#ifdef __aarch64__
    register void *x0 __asm__("x0") = arg;
    __asm__ volatile("mov x19, sp\n\t"
                     "mov sp, %[top]\n\t"
                     "blr %[f]\n\t"
                     "mov sp, x19"
                     : "+r"(x0)
                     : [top] "r"(stack + STACK), [f] "r"(f)
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x30", "memory", "cc",
                       "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18",
                       "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28",
                       "v29", "v30", "v31");
    gave = (int)(intptr_t)x0;
#else
    __asm__ volatile("mov %%rsp, %%rbx\n\t"
                     "mov %[top], %%rsp\n\t"
                     "call *%[f]\n\t"
                     "mov %%rbx, %%rsp"
                     : "=a"(gave), "+D"(arg)
                     : [top] "r"(stack + STACK), [f] "r"(f)
                     : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc",
                       "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#endif
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == paint) {
        untouched++;
    }
    CHECK(untouched > 0 && untouched < STACK); // It ran, and on this stack alone.
    printf("%s %d", name, gave);
    if (request.p != 0) {
        printf(" +0x%" PRIxPTR, request.p - init.base);
    }
    printf(" stack %zu\n", STACK - untouched);
    fflush(stdout);
    return gave;
}

static uintptr_t ask(const char *name, uintptr_t function, uintptr_t v, uintptr_t n) {
    static const char purpose[] = "\x01 a name that is too long to be kept whole \xff";
    static const uintptr_t stack_of_go[3] = {0x401001, 0x402002, 0x403003};
    request = (struct request){.state = state, .function = function, .v = v, .n = n,
                               .align = 64 * PAGE, .name = purpose, .name_size = sizeof purpose};
    if (function == 5) {
        request.thread = (uintptr_t)&thread_of_go;
        request.more = stack_of_go;
        request.more_size = 3;
    }
    if (function == 12) {
        request.more = "/src/main.go";
        request.more_size = 12;
    }
    call(name, gosbrk_runtime, &request, (unsigned char)(0x5a + function));
    return request.p;
}

static void foreign(uintptr_t at, size_t n) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    CHECK(mmap((void *)at, n, PROT_NONE, flags, -1, 0) == (void *)at);
}

int main(int argc, char **argv) {
    CHECK(argc == 4 || argc == 5);
    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(stack != MAP_FAILED);
    init.state = state;
    init.state_size = sizeof state;
    init.base = strtoul(argv[1], NULL, 0);
    init.stride = 1ul << 32;
    init.ceiling = init.base + (1ul << 30);
    init.ceiling_text = "the heap is at its limit";
    init.ceiling_text_size = strlen(init.ceiling_text);
    init.closes = strtoul(argv[3], NULL, 0);
    if (argc == 5) {
        foreign(init.base, PAGE);
        init.ceiling = init.base + strtoul(argv[4], NULL, 0);
    }
    init.advice = 1;
    init.page = (uintptr_t)sysconf(_SC_PAGESIZE);
    init.least = 6ul << 20;
    init.watch = &watch;
    watch.argv = argv;
    watch.argc = (uintptr_t)argc;
    init.settings = argv[2];
    init.settings_size = strlen(argv[2]);
    if (call("init", gosbrk_runtime_init, &init, 0x5a) != 0) {
        return 1;
    }
    uintptr_t a = ask("sysAllocOS", 1, 0, 3 * PAGE);
    ask("sysFreeOS", 2, a + PAGE, PAGE);
    ask("sysReserveOS", 3, 0, PAGE);
    uintptr_t b = ask("sysReserveAlignedSbrk", 4, 0, 64 * PAGE);
    ask("sysMapOS", 5, b, 64 * PAGE);
    ask("sysUnusedOS", 6, b, PAGE);
    ask("sysUsedOS", 7, b, PAGE);
    ask("sysHugePageOS", 8, b, 64 * PAGE);
    ask("sysNoHugePageOS", 9, b, 64 * PAGE);
    ask("sysHugePageCollapseOS", 10, b, 64 * PAGE);
    ask("sysFaultOS", 11, b, PAGE);
    ask("sysFreeOS", 2, b, 64 * PAGE);
    ask("sysFreeOS twice", 2, b, PAGE);
    uintptr_t c = ask("sysAllocOS at the end", 1, 0, 512 * PAGE);
    foreign(c + 612 * PAGE, 2 * PAGE);
    memset((void *)ask("sysAllocOS above another mapping", 1, 0, 512 * PAGE), 1, 512 * PAGE);
    memset((void *)ask("sysAllocOS below it", 1, 0, 100 * PAGE), 1, 100 * PAGE);
    ask("sysAllocOS too much", 1, 0, 1ul << 31);
    ask("sysAllocOS nothing", 1, 0, 0);
    ask("function", 12, 0x401001, 42);
    ask("space", 15, 0, PAGE);
    CHECK(request.size > 0 && request.size % PAGE == 0);
    ask("no function", 16, 0, 0);

    // The main thread's stack, at its end and a page above it.
    CHECK(setrlimit(RLIMIT_STACK, &(struct rlimit){.rlim_cur = 8ul << 20, .rlim_max = RLIM_INFINITY}) == 0);
    struct { uintptr_t fault, sp, low, high, size, whose, page; } fault = {.high = (uintptr_t)&fault};
    fault.page = init.page;
    fault.fault = fault.sp = fault.high - (9ul << 20);
    call("stack full", gosbrk_runtime_stack_full, &fault, 0x5a);
    fault.fault = fault.sp = fault.high - (1ul << 20);
    call("stack not full", gosbrk_runtime_stack_full, &fault, 0x5a);
}
