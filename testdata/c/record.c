// Does what its arguments say, one after the other, while GOSBRK=trace=FILE records it:
//
//   calls:N        N allocations of a page, each freed at once
//   keep:N         N allocations of a page
//   refuse:NR:E    from now on the kernel refuses this system call with this error
//   count:FILE     calls without end; FILE has a number, that of the calls which are through
//   fork           a child does the rest, and then this process does it too
//   exec           this program again, in this process, with the rest
//   close:FILE     every descriptor from 3 on is closed, and is one of FILE then
//   cut:FILE       the file has no bytes any more
//   again          the layer is set up anew, with the profile wasm
#define _GNU_SOURCE
#include "check.h"
#include "gosbrk.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "a page", 6

static void refuse(unsigned number, unsigned error) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    // Of mmap only that of files: the heap is mapped too.
    struct sock_filter of_files[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAP_SHARED, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof program / sizeof *program, program};
    if (number == SYS_mmap) {
        filter = (struct sock_fprog){sizeof of_files / sizeof *of_files, of_files};
    }
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

static void pairs(long n) {
    for (long i = 0; i < n; i++) {
        void *page = sysAllocOS(4096, NAME);
        CHECK(page != NULL);
        sysFreeOS(page, 4096);
    }
}

static void count(const char *file) {
    int fd = open(file, O_RDWR);
    CHECK(fd >= 0);
    volatile uint64_t *through = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK((void *)through != MAP_FAILED);
    for (;;) {
        void *page = sysAllocOS(4096, NAME);
        ++*through;
        sysFreeOS(page, 4096);
        ++*through;
    }
}

static void close_all(const char *file) {
    struct rlimit most;
    CHECK(getrlimit(RLIMIT_NOFILE, &most) == 0);
    int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0);
    for (int other = 3; other < (int)most.rlim_cur && other < 4096; other++) {
        if (other != fd) {
            CHECK(dup2(fd, other) == other);
        }
    }
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char *colon = strchr(argv[i], ':');
        const char *rest = colon == NULL ? "" : colon + 1;
        if (strncmp(argv[i], "calls:", 6) == 0) {
            pairs(atol(rest));
        } else if (strncmp(argv[i], "keep:", 5) == 0) {
            for (long n = atol(rest); n > 0; n--) {
                CHECK(sysAllocOS(4096, NAME) != NULL);
            }
        } else if (strncmp(argv[i], "refuse:", 7) == 0) {
            char *end;
            unsigned number = (unsigned)strtoul(rest, &end, 10);
            refuse(number, (unsigned)strtoul(end + 1, NULL, 10));
        } else if (strncmp(argv[i], "count:", 6) == 0) {
            count(rest);
        } else if (strcmp(argv[i], "fork") == 0) {
            fflush(stdout);
            pid_t child = fork();
            CHECK(child >= 0);
            int status = 0;
            if (child != 0) {
                CHECK(waitpid(child, &status, 0) == child && status == 0);
                printf("child %d\n", child);
            }
        } else if (strcmp(argv[i], "exec") == 0) {
            argv[i] = argv[0];
            CHECK(execv("/proc/self/exe", argv + i) == 0);
        } else if (strncmp(argv[i], "close:", 6) == 0) {
            close_all(rest);
        } else if (strncmp(argv[i], "cut:", 4) == 0) {
            CHECK(truncate(rest, 0) == 0);
        } else if (strcmp(argv[i], "again") == 0) {
            gosbrk_config config;
            gosbrk_config_init(&config);
            config.profile = GOSBRK_PROFILE_WASM;
            CHECK(gosbrk_init(&config) == 0);
        } else {
            CHECK(!"an argument that is known");
        }
    }
    printf("done %d\n", getpid());
}
