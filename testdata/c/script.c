// Does the ops that standard input names, in the notation of traces, and prints each
// with its result, as a trace would; a call that was refused is followed by its text.
// Beside the ops:
//   write +0x1000 8     8 bytes that are not zero, wherever that is
//   state               everything that can be seen from outside but the counters of calls
//   check               gosbrk_check
#include "gosbrk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    void (*call)(void *v, uintptr_t n);
} plain[] = {
    {"free", sysFreeOS},
    {"unused", sysUnusedOS},
    {"used", sysUsedOS},
    {"hugepage", sysHugePageOS},
    {"nohugepage", sysNoHugePageOS},
    {"collapse", sysHugePageCollapseOS},
    {"fault", sysFaultOS},
};

static void *address(const char *text) {
    return strcmp(text, "nil") == 0 ? NULL : (void *)(gosbrk_base() + strtoull(text, NULL, 0));
}

static void print_address(const void *p) {
    if (p == NULL) {
        printf(" -> nil");
    } else {
        printf(" -> +0x%" PRIxPTR, (uintptr_t)p - gosbrk_base());
    }
}

static void print_state(void) {
    uintptr_t base = gosbrk_base();
    gosbrk_block blocks[64];
    size_t n = gosbrk_freelist(blocks, 64);
    gosbrk_stats s = {.size = sizeof s};
    gosbrk_get_stats(&s);
    printf("state base=0x%" PRIxPTR " bloc=+0x%" PRIxPTR " blocMax=+0x%" PRIxPTR, base,
           gosbrk_bloc() - base, gosbrk_blocMax() - base);
    printf(" in_use=%zu need_zero=%d free=", s.in_use, needZeroAfterSysUnusedOS());
    for (size_t i = 0; i < n; i++) {
        printf("[+0x%" PRIxPTR " %" PRIuPTR "]", blocks[i].addr - base, blocks[i].size);
    }
}

// The arguments are what stands between the op's word and the end of its line or the
// result that a trace gives.
static int act(const char *word, const char *first, const char *second, const char *name) {
    size_t len = strlen(name);
    uintptr_t n = strtoull(second, NULL, 0);
    if (strcmp(word, "alloc") == 0) {
        print_address(sysAllocOS(strtoull(first, NULL, 0), name, len));
    } else if (strcmp(word, "reserve") == 0) {
        print_address(sysReserveOS(address(first), n, name, len));
    } else if (strcmp(word, "reserve-aligned") == 0) {
        uintptr_t reserved = 1;
        print_address(sysReserveAlignedSbrk(strtoull(first, NULL, 0), n, &reserved));
        printf(" %" PRIuPTR, reserved);
    } else if (strcmp(word, "map") == 0) {
        sysMapOS(address(first), n, name, len);
    } else if (strcmp(word, "write") == 0) {
        memset(address(first), 'x', n);
    } else if (strcmp(word, "check") == 0) {
        printf(" -> %s", gosbrk_error_text(gosbrk_check()));
    } else {
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
            if (strcmp(word, plain[i].word) == 0) {
                plain[i].call(address(first), n);
                return 0;
            }
        }
        fprintf(stderr, "script: what is %s?\n", word);
        return 1;
    }
    return 0;
}

int main(void) {
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char word[32] = "", first[32] = "", second[32] = "", name[64] = "";
        line[strcspn(line, "\n")] = 0;
        sscanf(line, "%31s %31s %31[^\" ]", word, first, second);
        sscanf(line, "%*[^\"]\"%63[^\"]", name);
        if (strcmp(word, "state") == 0) {
            print_state();
        } else {
            printf("%s", line);
            if (act(word, first, second, name) != 0) {
                return 1;
            }
        }
        int error = gosbrk_last_error();
        printf("%s%s\n", error == GOSBRK_OK ? "" : " # ", error == GOSBRK_OK ? "" : gosbrk_error_text(error));
        fflush(stdout);
    }
}
