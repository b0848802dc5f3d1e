// Linked into a program, it installs a seccomp filter before main. The environment variable
// ALLOWED lists numbers of system calls, each followed by a space. Any other call ends the
// program with SIGSYS. Without the variable there is no filter.
#include "check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

enum { MOST = 64 };

__attribute__((constructor)) static void allow(void) {
    static struct sock_filter filter[2 * MOST + 2];
    const char *allowed = getenv("ALLOWED");
    if (allowed == NULL) {
        return;
    }
    struct sock_fprog program = {.filter = filter};
    filter[program.len++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (char *end; *allowed != 0; allowed = end + 1) {
        CHECK(program.len < 2 * MOST);
        filter[program.len++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)strtoul(allowed, &end, 10), 0, 1);
        filter[program.len++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        CHECK(*end == ' ');
    }
    filter[program.len++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}
