// Forks that come while other threads are inside calls: `lock_fork hammer N` forks N times
// under four threads that do nothing but call, `lock_fork first N` makes N processes that
// fork while two threads make the very first calls. Each child must find a whole heap and
// be able to use it. `lock_fork control N` hammers on a kernel that does not know
// MADV_WIPEONFORK: then children hang, which shows that the others would see it.
#define _GNU_SOURCE
#include "check.h"
#include "gosbrk.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static size_t page; // The kernel's, and the library's.
enum { THREADS = 4, HELD = 12, LARGE = 300 /* over 1 MiB */ };

// What can be seen of the heap fits together.
static size_t in_use(void) {
    static gosbrk_stats s;
    static gosbrk_block blocks[4096];
    s.size = sizeof s;
    gosbrk_get_stats(&s);
    size_t n = gosbrk_freelist(blocks, 4096), free = 0;
    CHECK(n == s.free_blocks && n <= 4096);
    for (size_t i = 0; i < n; i++) {
        CHECK(i == 0 || blocks[i].addr > blocks[i - 1].addr + blocks[i - 1].size);
        free += blocks[i].size;
    }
    CHECK(free == s.free && s.in_use + s.free == gosbrk_bloc() - gosbrk_base());
    CHECK(gosbrk_check() == GOSBRK_OK && gosbrk_last_error() == GOSBRK_OK);
    return s.in_use;
}

static void *take(size_t pages) {
    uint64_t *p = sysAllocOS(pages * page, "fork", 4);
    CHECK(p != NULL);
    for (size_t i = 0; i < pages * page / sizeof *p; i += page / sizeof *p) {
        CHECK(p[i] == 0 && p[i + 1] == 0 && p[i + 2] == 0);
        p[i] = p[i + 1] = p[i + 2] = ~(uint64_t)0;
    }
    return p;
}

static void use_heap(void) {
    enum { REGIONS = 40 };
    void *p[REGIONS];
    size_t had = in_use();
    for (size_t i = 0; i < REGIONS; i++) {
        p[i] = take(1 + i % 3);
    }
    for (size_t i = 0; i < REGIONS; i += 2) {
        sysFreeOS(p[i], (1 + i % 3) * page);
    }
    void *aligned = sysReserveAlignedSbrk(4 * page, 64 * page, NULL);
    CHECK(aligned != NULL && (uintptr_t)aligned % (64 * page) == 0);
    sysFreeOS(aligned, 4 * page);
    for (size_t i = 1; i < REGIONS; i += 2) {
        sysFreeOS(p[i], (1 + i % 3) * page);
    }
    CHECK(in_use() == had);
}

// HAMMER

struct held {
    void *p;
    size_t pages;
};

static struct held held[THREADS][HELD]; // A child sees what its parent's threads had.
static bool resting;                    // While a child is at work it has the processors.
static unsigned long calls;

static void keep(struct held *h, void *p, size_t pages) {
    CHECK(p != NULL);
    h->pages = pages;
    __atomic_store_n(&h->p, p, __ATOMIC_RELEASE); // A child that sees it sees the pages.
}

static void *hammer(void *self) {
    struct held *mine = held[(long)self];
    uint64_t random = (uint64_t)(long)self + 1;
    for (;; __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED)) {
        while (__atomic_load_n(&resting, __ATOMIC_RELAXED)) {
            nanosleep(&(struct timespec){0, 50000}, NULL);
        }
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct held *h = &mine[(random >> 33) % HELD];
        size_t pages = random >> 58 == 4 ? LARGE : 1 + (random >> 40) % 4;
        void *p = h->p;
        if (p != NULL) {
            __atomic_store_n(&h->p, NULL, __ATOMIC_RELEASE);
            sysFreeOS(p, h->pages * page);
        } else if (random >> 60 == 0) {
            keep(h, sysReserveAlignedSbrk(2 * page, 32 * page, NULL), 2);
        } else {
            keep(h, sysAllocOS(pages * page, "hammer", 6), pages);
        }
    }
    return NULL;
}

// What the parent's threads had is the child's to free; what one of them was about to get
// or to give is nobody's.
static void free_what_was_held(void) {
    size_t known = 0, had = in_use();
    for (int i = 0; i < THREADS * HELD; i++) {
        struct held *h = &held[i / HELD][i % HELD];
        if (h->p != NULL) {
            known += h->pages * page;
            sysFreeOS(h->p, h->pages * page);
            CHECK(gosbrk_last_error() == GOSBRK_OK);
        }
    }
    CHECK(in_use() == had - known);
}

// The child's exit status; or the process ends, unless hanging is allowed for.
static bool is_fine(pid_t child, bool may_hang) {
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
    if (!hung || !may_hang) {
        fprintf(stderr, "lock_fork: a child ended with status %#x%s\n", (unsigned)status,
                hung ? ": it hung" : "");
        exit(1);
    }
    return false;
}

static void start_reporting(void) {
    gosbrk_config c;
    gosbrk_config_init(&c);
    c.misuse = GOSBRK_MISUSE_REPORT;
    CHECK(gosbrk_init(&c) == GOSBRK_OK);
}

static unsigned long fork_under_hammer(unsigned long n, unsigned patience, bool may_hang) {
    start_reporting();
    pthread_t thread;
    for (long i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&thread, NULL, hammer, (void *)i) == 0);
    }
    unsigned long hung = 0;
    for (unsigned long i = 0; i < n && (hung == 0 || !may_hang); i++) {
        unsigned long enough = __atomic_load_n(&calls, __ATOMIC_RELAXED) + 100 + i % 32;
        __atomic_store_n(&resting, false, __ATOMIC_RELAXED);
        while (__atomic_load_n(&calls, __ATOMIC_RELAXED) < enough) {
            sched_yield();
        }
        pid_t pid = fork();
        CHECK(pid >= 0);
        __atomic_store_n(&resting, true, __ATOMIC_RELAXED);
        if (pid == 0) {
            alarm(patience);
            free_what_was_held();
            use_heap();
            _exit(0);
        }
        hung += !is_fine(pid, may_hang);
    }
    return hung;
}

// THE FIRST CALL

static pthread_barrier_t barrier;

static void *call_first(void *unused) {
    (void)unused;
    pthread_barrier_wait(&barrier);
    for (;;) {
        sysFreeOS(sysAllocOS(page, "first", 5), page);
    }
    return NULL;
}

// Waits about as long as the first call takes, a little less or more each time.
static void wait_a_little(unsigned long turn) {
    struct timespec now, start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec
             < (long)(turn * 2654435761u % 200000));
}

static void fork_at_first_call(unsigned long turn) {
    CHECK(pthread_barrier_init(&barrier, NULL, 3) == 0);
    pthread_t thread;
    for (int i = 0; i < 2; i++) {
        CHECK(pthread_create(&thread, NULL, call_first, NULL) == 0);
    }
    pthread_barrier_wait(&barrier);
    wait_a_little(turn);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(60);
        use_heap();
        _exit(0);
    }
    is_fine(pid, false);
}

// CONTROL

// From here on madvise(…, MADV_WIPEONFORK) gives EINVAL, as before Linux 4.14.
static void forget_wipe_on_fork(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_WIPEONFORK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned long n = strtoul(argv[2], NULL, 10), hung = 0;
    if (strcmp(argv[1], "hammer") == 0) {
        fork_under_hammer(n, 60, false);
    } else if (strcmp(argv[1], "control") == 0) {
        forget_wipe_on_fork();
        hung = fork_under_hammer(n, 2, true);
    } else {
        CHECK(strcmp(argv[1], "first") == 0);
        for (unsigned long i = 0; i < n; i++) {
            pid_t pid = fork();
            CHECK(pid >= 0);
            if (pid == 0) {
                fork_at_first_call(i);
                _exit(0);
            }
            is_fine(pid, false);
        }
    }
    printf("%lu forks, %lu hung\n", n, hung);
    fflush(stdout);
    _exit(0); // With threads that go on for ever.
}
