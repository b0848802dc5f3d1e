// A program without a C library: what the library needs is in the library. It is
// linked with -nostdlib, enters at _start, and makes its system calls itself.
#include "gosbrk.h"

static long call(long number, long a, const void *b, long c) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

enum { WRITE = 1, EXIT_GROUP = 231 };

static int use(void) {
    char *p = sysAllocOS(1, "page", 4);
    char *q = sysAllocOS(65536, 0, 0);
    if (p == 0 || q != p + 4096) {
        return 1;
    }
    for (int i = 0; i < 65536; i++) {
        if (q[i] != 0) {
            return 2;
        }
        q[i] = 'x';
    }
    sysFreeOS(p, 4096);
    sysFreeOS(q, 65536);
    gosbrk_block block;
    if (gosbrk_freelist(&block, 1) != 1 || block.addr != (uintptr_t)p || gosbrk_check() != 0) {
        return 3;
    }
    const char done[] = "no libc needed\n";
    return call(WRITE, 1, done, sizeof done - 1) == sizeof done - 1 ? 0 : 4;
}

// Entered with the stack as the kernel left it; functions want it aligned below a
// return address.
__asm__(".globl _start\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  and $-16, %rsp\n"
        "  call start\n"
        "  hlt\n");

void start(void);

void start(void) {
    call(EXIT_GROUP, use(), 0, 0);
}
