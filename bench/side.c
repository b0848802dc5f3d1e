// gosbrk as a C program has it: does what a plan says, and times it. src/plan.rs says
// what a plan is, src/run.rs does the same from Rust.
//
//     side-c c PLAN MS        one sample, MS milliseconds long: prints `sample NS PEAK`
#define _GNU_SOURCE
#include <gosbrk.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE = 4096, NAMES = 64 };
static const size_t NIL = SIZE_MAX;
static const char NAME[] = "bench";

enum op {
    ALLOC, FILL, FREE, PAIR, TOUCH,
    SYS_ALLOC, SYS_FREE, SYS_RESERVE, SYS_RESERVE_ALIGNED, SYS_MAP, SYS_UNUSED, SYS_USED,
    SYS_HUGE_PAGE, SYS_NO_HUGE_PAGE, SYS_HUGE_PAGE_COLLAPSE, SYS_FAULT, TOUCH_AT, OPS
};

static const char *const words[OPS] = {
    "alloc", "fill", "free", "pair", "touch",
    "sysAlloc", "sysFree", "sysReserve", "sysReserveAligned", "sysMap", "sysUnused", "sysUsed",
    "sysHugePage", "sysNoHugePage", "sysHugePageCollapse", "sysFault", "touchAt",
};

struct step {
    enum op op;
    size_t slot, count, bytes, at, want, name_len;
    long stride;
    char name[NAMES];
};

struct steps {
    size_t len;
    struct step *of;
};

struct plan {
    size_t threads, slots, passes, units, fresh, profile, start, initial;
    struct steps setup, measured;
};

struct slot {
    char *p;
    size_t n;
};

static _Noreturn void fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static void *zeroed(size_t n, size_t size) {
    void *p = calloc(n ? n : 1, size);
    if (p == NULL)
        fail("out of memory for the plan");
    return p;
}

// Reads the steps of a plan under their title.
static struct steps read_steps(FILE *in, const char *title) {
    char word[32];
    struct steps steps;
    if (fscanf(in, "%31s %zu", word, &steps.len) != 2 || strcmp(word, title) != 0)
        fail("a plan does not go on as it should");
    steps.of = zeroed(steps.len, sizeof *steps.of);
    for (struct step *s = steps.of; s < steps.of + steps.len; s++) {
        if (fscanf(in, "%31s %zu %zu %ld %zu %zu %zu", word, &s->slot, &s->count, &s->stride,
                   &s->bytes, &s->at, &s->want) != 7)
            fail("a line of the plan is not a step");
        while (s->op < OPS && strcmp(words[s->op], word) != 0)
            s->op++;
        if (s->op == OPS)
            fail("a line of the plan has no known word");
        char rest[NAMES + 2] = "";
        if (fgets(rest, sizeof rest, in) != NULL && rest[0] == ' ') {
            s->name_len = strcspn(rest + 1, "\n");
            memcpy(s->name, rest + 1, s->name_len);
        }
    }
    return steps;
}

static struct plan read_plan(const char *path) {
    FILE *in = fopen(path, "r");
    struct plan p;
    if (in == NULL ||
        fscanf(in, "threads=%zu slots=%zu passes=%zu units=%zu fresh=%zu profile=%zu start=%zu initial=%zu",
               &p.threads, &p.slots, &p.passes, &p.units, &p.fresh, &p.profile, &p.start,
               &p.initial) != 8)
        fail("this is not a plan");
    p.setup = read_steps(in, "setup");
    p.measured = read_steps(in, "measured");
    fclose(in);
    return p;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

// A line of the kernel's account of this process, in KiB.
static long resident(const char *line) {
    char text[128];
    long kib = 0;
    FILE *in = fopen("/proc/self/status", "r");
    while (in != NULL && fgets(text, sizeof text, in) != NULL)
        if (strncmp(text, line, strlen(line)) == 0)
            sscanf(text + strlen(line), "%ld", &kib);
    if (in != NULL)
        fclose(in);
    return kib;
}

// Writes to every page of [p, p+n). What was there is swapped out, since a page that
// is read before it is written to costs two page faults.
static void touch(char *p, size_t n, size_t want) {
    for (size_t at = 0; at < n; at += PAGE)
        if (__atomic_exchange_n((uint32_t *)(p + at), 1, __ATOMIC_RELAXED) != 0 && want != NIL)
            fail("memory that was handed out is not zero");
}

static char *given(size_t n) {
    char *p = sysAllocOS(n, NAME, sizeof NAME - 1);
    if (p == NULL)
        fail("out of memory");
    return p;
}

static void run_steps(struct slot *slots, const struct steps *steps) {
    for (const struct step *s = steps->of; s < steps->of + steps->len; s++) {
        struct slot *slot = slots + s->slot;
        for (size_t i = 0; i < s->count; i++, slot += s->stride) {
            switch (s->op) {
            case ALLOC:
            case FILL:
                *slot = (struct slot){given(s->bytes), s->bytes};
                break;
            case FREE:
                sysFreeOS(slot->p, slot->n);
                break;
            case PAIR:
                sysFreeOS(given(s->bytes), s->bytes);
                break;
            case TOUCH:
                touch(slot->p + s->at, s->bytes, s->want);
                break;
            default:
                fail("a step of the layer among those of slots");
            }
        }
    }
}

static void run_call(uintptr_t base, const struct step *s) {
    const char *name = s->name_len == 0 ? NULL : s->name;
    void *at = s->at == NIL ? NULL : (void *)(base + s->at);
    void *p;
    uintptr_t reserved;
    switch (s->op) {
    case SYS_ALLOC: p = sysAllocOS(s->bytes, name, s->name_len); break;
    case SYS_RESERVE: p = sysReserveOS(at, s->bytes, name, s->name_len); break;
    case SYS_RESERVE_ALIGNED: p = sysReserveAlignedSbrk(s->bytes, s->at, &reserved); break;
    case SYS_FREE: sysFreeOS(at, s->bytes); return;
    case SYS_MAP: sysMapOS(at, s->bytes, name, s->name_len); return;
    case SYS_UNUSED: sysUnusedOS(at, s->bytes); return;
    case SYS_USED: sysUsedOS(at, s->bytes); return;
    case SYS_HUGE_PAGE: sysHugePageOS(at, s->bytes); return;
    case SYS_NO_HUGE_PAGE: sysNoHugePageOS(at, s->bytes); return;
    case SYS_HUGE_PAGE_COLLAPSE: sysHugePageCollapseOS(at, s->bytes); return;
    case SYS_FAULT: sysFaultOS(at, s->bytes); return;
    case TOUCH_AT: touch(at, s->bytes, s->want); return;
    default: fail("a step of slots among those of the layer");
    }
    if ((p == NULL ? NIL : (uintptr_t)p - base) != s->want)
        fail("the run went another way than the trace");
}

// One pass through a trace, from an empty heap; gives its time.
static double run_calls(const struct plan *plan) {
    gosbrk_config config;
    gosbrk_config_init(&config);
    config.profile = (uint32_t)plan->profile;
    config.start = plan->start;
    config.initial = plan->initial;
    if (gosbrk_init(&config) != GOSBRK_OK)
        fail("gosbrk refused to start afresh");
    uintptr_t base = gosbrk_base();
    double start = now();
    for (size_t i = 0; i < plan->measured.len; i++)
        run_call(base, plan->measured.of + i);
    return now() - start;
}

struct worker {
    pthread_t thread;
    const struct plan *plan;
    pthread_barrier_t *barrier;
    double start, end;
};

static void *work(void *arg) {
    struct worker *w = arg;
    struct slot *slots = zeroed(w->plan->slots, sizeof *slots);
    run_steps(slots, &w->plan->setup);
    pthread_barrier_wait(w->barrier);
    w->start = now();
    for (size_t i = 0; i < w->plan->passes; i++)
        run_steps(slots, &w->plan->measured);
    w->end = now();
    free(slots);
    return NULL;
}

// All threads together, from the first start to the last end.
static double run_threads(const struct plan *plan) {
    pthread_barrier_t barrier;
    struct worker *workers = zeroed(plan->threads, sizeof *workers);
    if (pthread_barrier_init(&barrier, NULL, (unsigned)plan->threads) != 0)
        fail("no barrier for the threads");
    for (size_t i = 0; i < plan->threads; i++) {
        workers[i].plan = plan;
        workers[i].barrier = &barrier;
        if (pthread_create(&workers[i].thread, NULL, work, workers + i) != 0)
            fail("a thread cannot be made");
    }
    double first = 0, last = 0;
    for (size_t i = 0; i < plan->threads; i++) {
        pthread_join(workers[i].thread, NULL);
        first = i == 0 || workers[i].start < first ? workers[i].start : first;
        last = workers[i].end > last ? workers[i].end : last;
    }
    free(workers);
    return last - first;
}

int main(int argc, char **argv) {
    if (argc != 4)
        fail("usage: side-c c PLAN MS");
    const struct plan plan = read_plan(argv[2]);
    const double enough = atof(argv[3]) * 1e6;
    const long before = resident("VmRSS:");
    double took = 0;
    size_t passes = 0;
    if (plan.threads > 1) {
        took = run_threads(&plan);
        passes = plan.threads * plan.passes;
    } else if (plan.fresh) {
        run_calls(&plan); // warms up
        for (; took < enough; passes++)
            took += run_calls(&plan);
    } else {
        struct slot *slots = zeroed(plan.slots, sizeof *slots);
        run_steps(slots, &plan.setup);
        if (plan.passes == 0)
            run_steps(slots, &plan.measured); // warms up
        passes = plan.passes ? plan.passes : 1;
        for (;;) {
            double start = now();
            for (size_t i = 0; i < passes; i++)
                run_steps(slots, &plan.measured);
            took = now() - start;
            if (took >= enough || plan.passes > 0)
                break;
            double factor = enough / (took > 100 ? took : 100) * 1.2;
            passes *= factor < 2 ? 2 : factor > 100 ? 100 : (size_t)(factor + 1);
        }
        free(slots);
    }
    printf("sample %.3f %ld\n", took / (double)(passes * plan.units), resident("VmHWM:") - before);
    return 0;
}
