// Signal handlers that call the library. `lock_signals storm N`: handlers, sent by a timer
// and by other threads, that call back in until N of their calls came in the middle of a
// call of their own thread. `lock_signals inside`: one handler that is certain to, and what
// every function gives it there. `lock_signals abort`: the same, left to abort.
#define _GNU_SOURCE
#include "check.h"
#include "gosbrk.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, WORKERS = 2, SENDERS = 2, INTERVAL = 50000 /* ns */, PATIENCE = 300000 /* ms */ };

static void start(uint32_t misuse) {
    gosbrk_config c;
    gosbrk_config_init(&c);
    c.misuse = misuse;
    CHECK(gosbrk_init(&c) == GOSBRK_OK);
}

static void handle(int signal, void handler(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigfillset(&action.sa_mask); // One handler at a time: each asks for the last error.
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static size_t in_use(void) {
    gosbrk_stats s = {.size = sizeof s};
    gosbrk_get_stats(&s);
    return s.in_use;
}

// STORM

static unsigned long wanted, refused, granted;
static bool is_over;

// The handler makes no use of what it is refused, and leaves its thread's last error as it
// was: clear, since the threads here do nothing wrong.
static void call_back(int signal) {
    (void)signal;
    if (gosbrk_bloc() == 0) {
        CHECK(gosbrk_last_error() == GOSBRK_E_REENTRANT);
        CHECK(sysAllocOS(PAGE, "handler", 7) == NULL);
        CHECK(gosbrk_last_error() == GOSBRK_E_REENTRANT);
        __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
        return;
    }
    // Not inside: so it can have what it wants, also while its thread waits for the lock.
    char *p = sysAllocOS(PAGE, "handler", 7);
    CHECK(p != NULL && *p == 0);
    *p = 1;
    sysFreeOS(p, PAGE);
    CHECK(gosbrk_last_error() == GOSBRK_OK);
    __atomic_add_fetch(&granted, 1, __ATOMIC_RELAXED);
}

static bool over(void) {
    return __atomic_load_n(&is_over, __ATOMIC_RELAXED);
}

// A timer of this thread's own, which comes at any instruction.
static void set_timer(void) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
    event._sigev_un._tid = gettid();
    timer_t timer;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    const struct itimerspec often = {{0, INTERVAL}, {0, INTERVAL}};
    CHECK(timer_settime(timer, 0, &often, NULL) == 0);
}

static void *work(void *unused) {
    (void)unused;
    set_timer();
    for (size_t i = 1; !over(); i++) {
        size_t n = i % 64 * PAGE + 1; // What is large takes its time to be cleared.
        char *p = sysAllocOS(n, "worker", 6);
        CHECK(p != NULL && *p == 0);
        void *aligned = sysReserveAlignedSbrk(PAGE, 4 * PAGE, NULL);
        CHECK(aligned != NULL && *(char *)aligned == 0);
        *p = 1;
        sysFreeOS(p, n);
        sysFreeOS(aligned, PAGE);
    }
    return NULL;
}

static pthread_t workers[WORKERS];

static void *send(void *unused) {
    (void)unused;
    for (unsigned i = 0; !over(); i++) {
        CHECK(pthread_kill(workers[i % WORKERS], SIGUSR1) == 0);
        usleep(50);
    }
    return NULL;
}

static void storm(void) {
    start(GOSBRK_MISUSE_REPORT);
    handle(SIGUSR1, call_back, SA_RESTART);
    handle(SIGALRM, call_back, SA_RESTART);
    pthread_t senders[SENDERS];
    for (int i = 0; i < WORKERS; i++) {
        CHECK(pthread_create(&workers[i], NULL, work, NULL) == 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        CHECK(pthread_create(&senders[i], NULL, send, NULL) == 0);
    }
    // A thread that waits for itself must not hold up the test for ever.
    for (int i = 0; __atomic_load_n(&refused, __ATOMIC_RELAXED) < wanted; i++) {
        CHECK(i < PATIENCE);
        usleep(1000);
    }
    __atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
    for (int i = 0; i < SENDERS; i++) {
        CHECK(pthread_join(senders[i], NULL) == 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        CHECK(pthread_join(workers[i], NULL) == 0);
    }
    CHECK(in_use() == 0 && gosbrk_check() == GOSBRK_OK && granted > 0);
    gosbrk_stats s = {.size = sizeof s};
    gosbrk_get_stats(&s);
    CHECK(s.refusals == 2 * refused);
    printf("%lu signals inside calls, %lu outside, no deadlock\n", refused, granted);
}

// INSIDE: a page that cannot be written is freed, so that clearing it faults in the middle
// of the call.

static char *closed;
static bool has_child;

#define REFUSED(call)                                                                     \
    do {                                                                                  \
        call;                                                                             \
        CHECK(gosbrk_last_error() == GOSBRK_E_REENTRANT);                                 \
    } while (0)

static void call_everything(void) {
    uintptr_t n = 1;
    gosbrk_stats s = {.size = sizeof s, .in_use = 1, .growths = 1, .names = 1};
    gosbrk_block block;
    gosbrk_config c;
    gosbrk_config_init(&c);
    REFUSED(CHECK(sysAllocOS(PAGE, "x", 1) == NULL));
    REFUSED(sysFreeOS(closed, PAGE));
    REFUSED(CHECK(sysReserveOS(NULL, PAGE, "x", 1) == NULL));
    REFUSED(CHECK(sysReserveAlignedSbrk(PAGE, PAGE, &n) == NULL && n == 0));
    REFUSED(sysMapOS(closed, PAGE, "x", 1));
    REFUSED(sysUnusedOS(closed, PAGE));
    REFUSED(sysUsedOS(closed, PAGE));
    REFUSED(sysHugePageOS(closed, PAGE));
    REFUSED(sysNoHugePageOS(closed, PAGE));
    REFUSED(sysHugePageCollapseOS(closed, PAGE));
    REFUSED(sysFaultOS(closed, PAGE));
    REFUSED(CHECK(needZeroAfterSysUnusedOS()));
    REFUSED(CHECK(gosbrk_base() == 0));
    REFUSED(CHECK(gosbrk_bloc() == 0));
    REFUSED(CHECK(gosbrk_blocMax() == 0));
    REFUSED(CHECK(gosbrk_freelist(&block, 1) == 0));
    REFUSED(gosbrk_get_stats(&s));
    CHECK(s.size == sizeof s && s.in_use == 0 && s.growths == 0 && s.names == 0);
    CHECK(gosbrk_check() == GOSBRK_E_REENTRANT);
    CHECK(gosbrk_init(NULL) == GOSBRK_E_REENTRANT && gosbrk_init(&c) == GOSBRK_E_REENTRANT);
    CHECK(gosbrk_last_error() == GOSBRK_OK); // Those two set none.
}

// In a child too the interrupted call goes on when this returns, so until then it counts.
static void fault(int signal) {
    (void)signal;
    call_everything();
    if (fork() == 0) {
        alarm(60);
        has_child = true;
        call_everything();
    }
    CHECK(mprotect(closed, PAGE, PROT_READ | PROT_WRITE) == 0);
}

static void fault_and_abort(int signal) {
    (void)signal;
    gosbrk_bloc(); // What only looks does not abort.
    CHECK(gosbrk_last_error() == GOSBRK_E_REENTRANT);
    sysAllocOS(2 * PAGE, "x", 1);
}

static void free_closed(void (*handler)(int), int flags) {
    closed = sysAllocOS(PAGE, "closed", 6);
    CHECK(closed != NULL && sysAllocOS(PAGE, "above", 5) == closed + PAGE);
    CHECK(mprotect(closed, PAGE, PROT_READ) == 0);
    handle(SIGSEGV, handler, flags);
    sysFreeOS(closed, PAGE);
    CHECK(gosbrk_last_error() == GOSBRK_OK && in_use() == PAGE);
    CHECK(sysAllocOS(PAGE, "again", 5) == closed && *closed == 0);
}

static void inside(void) {
    static char stack[1 << 16];
    CHECK(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL) == 0);
    for (int flags = 0; flags <= SA_ONSTACK; flags += SA_ONSTACK) {
        start(GOSBRK_MISUSE_REPORT);
        free_closed(fault, flags);
        if (has_child) {
            _exit(0);
        }
        int status;
        CHECK(wait(&status) > 0 && status == 0);
    }
    printf("every function refused\n");
}

int main(int argc, char **argv) {
    CHECK(argc >= 2);
    if (strcmp(argv[1], "storm") == 0) {
        CHECK(argc == 3);
        wanted = strtoul(argv[2], NULL, 10);
        storm();
    } else if (strcmp(argv[1], "inside") == 0) {
        inside();
    } else {
        CHECK(strcmp(argv[1], "abort") == 0);
        start(GOSBRK_MISUSE_ABORT);
        free_closed(fault_and_abort, 0);
    }
}
