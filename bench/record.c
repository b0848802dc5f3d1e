// What a call takes: pairs of sysUnusedOS and sysUsedOS, which are most of the calls of Go
// programs, for `tools/bench-record.sh`, which records them or does not. Prints
// nanoseconds a call.
#define _GNU_SOURCE
#include "gosbrk.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv) {
    const size_t pages = 64, page = 4096;
    const int pairs = argc > 1 ? atoi(argv[1]) : 500000;
    char *p = sysAllocOS(pages * page, "heap", 4);
    if (p == NULL) {
        fputs("record: no memory\n", stderr);
        return 1;
    }
    double before = now();
    for (int i = 0; i < pairs; i++) {
        char *at = p + (size_t)i % pages * page;
        sysUnusedOS(at, page);
        sysUsedOS(at, page);
    }
    printf("%.1f\n", (now() - before) / (2.0 * pairs));
    return 0;
}
