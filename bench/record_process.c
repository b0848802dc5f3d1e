// What it costs a process to begin and end a trace, for `tools/bench-record.sh`: processor
// time of a program, recorded and not, in turns, and what the file of a trace alone takes.
//
// record_process RUNS PROGRAM DIRECTORY
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// Microseconds of processor time of one run.
static double run(char *program) {
    posix_spawn_file_actions_t files;
    char *args[] = {program, NULL};
    struct rusage usage;
    pid_t child;
    int status;
    if (posix_spawn_file_actions_init(&files) != 0 ||
        posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0) != 0 ||
        posix_spawn(&child, program, &files, NULL, args, environ) != 0 ||
        wait4(child, &status, 0, &usage) != child || status != 0) {
        fail(program);
    }
    posix_spawn_file_actions_destroy(&files);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

// The least that a file of a trace takes: it is made, gets its place on the disk, is written
// with zeros, is mapped, and three of its pages are written.
static double file(const char *directory, int i) {
    enum { SIZE = 16 << 10, PAGE = 4096 };
    static const char zeros[SIZE];
    char path[4096];
    snprintf(path, sizeof path, "%s/file-%d", directory, i);
    double before = now();
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 || fallocate(fd, 0, 0, SIZE) != 0 ||
        pwrite(fd, zeros, SIZE, 0) != SIZE) {
        fail(path);
    }
    volatile char *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        fail(path);
    }
    for (int page = 0; page < 3; page++) {
        at[page * PAGE] = 1;
    }
    munmap((void *)at, SIZE);
    close(fd);
    return now() - before;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(const char *what, double *us, int n) {
    qsort(us, (size_t)n, sizeof *us, compare);
    printf("%s: %.0f us (middle half %.0f to %.0f, %d runs)\n", what, us[n / 2], us[n / 4],
           us[n - 1 - n / 4], n);
}

int main(int argc, char **argv) {
    const int n = argc == 4 ? atoi(argv[1]) : 0;
    if (n < 1) {
        fputs("usage: record_process RUNS PROGRAM DIRECTORY\n", stderr);
        return 2;
    }
    double *plain = calloc((size_t)n, sizeof *plain), *more = calloc((size_t)n, sizeof *more);
    double *files = calloc((size_t)n, sizeof *files);
    char setting[4096];
    snprintf(setting, sizeof setting, "trace=%s/%%p", argv[3]);
    if (!plain || !more || !files) {
        fail("calloc");
    }
    for (int i = 0; i < n; i++) {
        double recorded = 0;
        for (int turn = 0; turn < 2; turn++) {
            if (turn == i % 2) {
                setenv("GOSBRK", setting, 1);
                recorded = run(argv[2]);
            } else {
                unsetenv("GOSBRK");
                plain[i] = run(argv[2]);
            }
        }
        more[i] = recorded - plain[i];
        files[i] = file(argv[3], i);
    }
    tell("a process, not recorded", plain, n);
    tell("a recorded process takes longer by", more, n);
    tell("of that the file takes, at the least", files, n);
}
