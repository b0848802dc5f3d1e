// A child has the parent's memory as it was, and goes its own way from there; also when
// the parent has more threads, as long as none of them is inside a call.
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include "gosbrk.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 50 };
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

static char *page;

// What a child does: all of it works, and none of it is seen in the parent.
static void child(void) {
    alarm(20); // A lock that nobody will open must not hold up the test for ever.
    CHECK(gosbrk_last_error() == GOSBRK_OK);
    CHECK(strcmp(page, "parent") == 0);
    strcpy(page, "child");
    char *own = sysAllocOS(3 * PAGE, "child", 5);
    CHECK(own == page + PAGE && *own == 0);
    memset(own, 'x', 3 * PAGE);
    sysFreeOS(page, PAGE);
    CHECK(sysAllocOS(PAGE, NULL, 0) == page && *page == 0);
    CHECK(sysAllocOS(0, NULL, 0) == NULL && gosbrk_last_error() == GOSBRK_E_ZERO);
    CHECK(gosbrk_check() == GOSBRK_OK);
    _exit(0);
}

static void fork_and_look(void) {
    CHECK(sysAllocOS(0, NULL, 0) == NULL);
    uintptr_t bloc = gosbrk_bloc();
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        child();
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(strcmp(page, "parent") == 0 && gosbrk_bloc() == bloc);
    CHECK(gosbrk_last_error() == GOSBRK_E_ZERO);
}

static pthread_barrier_t barrier;

static void *bystander(void *unused) {
    for (int i = 0; i < ROUNDS; i++) {
        gosbrk_bloc();
        pthread_barrier_wait(&barrier); // All calls are over.
        pthread_barrier_wait(&barrier); // The child is, too.
    }
    return unused;
}

int main(void) {
    gosbrk_config c;
    gosbrk_config_init(&c);
    c.misuse = GOSBRK_MISUSE_REPORT;
    CHECK(gosbrk_init(&c) == GOSBRK_OK);
    page = sysAllocOS(PAGE, "page", 4);
    CHECK(page != NULL);
    strcpy(page, "parent");
    fork_and_look();

    pthread_t threads[THREADS];
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, bystander, NULL) == 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&barrier);
        fork_and_look();
        pthread_barrier_wait(&barrier);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    printf("%d children, none disturbed\n", 1 + ROUNDS);
}
