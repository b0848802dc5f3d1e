// A program without a C library: what the library needs is in the library. It is
// linked with -nostdlib, enters at _start, and makes its system calls itself.
#include "gosbrk.h"

#ifdef __aarch64__

enum { WRITE = 64, EXIT_GROUP = 94 };

static long call(long number, long a, const void *b, long c) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register const void *x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}

// Entered with the stack as the kernel left it, which is aligned.
__asm__(".globl _start\n"
        "_start:\n"
        "  mov x29, xzr\n"
        "  bl start\n"
        "  brk 0\n");

#else

enum { WRITE = 1, EXIT_GROUP = 231 };

static long call(long number, long a, const void *b, long c) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

// Entered with the stack as the kernel left it; functions want it aligned below a
// return address.
__asm__(".globl _start\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  and $-16, %rsp\n"
        "  call start\n"
        "  hlt\n");

#endif

static int use(void) {
    char *p = sysAllocOS(1, "page", 4);
    char *q = sysAllocOS(65536, 0, 0);
    long page = q - p;
    if (p == 0 || page < 4096 || page > 65536) {
        return 1;
    }
    for (int i = 0; i < 65536; i++) {
        if (q[i] != 0) {
            return 2;
        }
        q[i] = 'x';
    }
    sysFreeOS(p, (uintptr_t)page);
    sysFreeOS(q, 65536);
    gosbrk_block block;
    if (gosbrk_freelist(&block, 1) != 1 || block.addr != (uintptr_t)p || gosbrk_check() != 0) {
        return 3;
    }
    const char done[] = "no libc needed\n";
    return call(WRITE, 1, done, sizeof done - 1) == sizeof done - 1 ? 0 : 4;
}

void start(void);

void start(void) {
    call(EXIT_GROUP, use(), 0, 0);
}
