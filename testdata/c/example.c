// Go's sbrk memory layer from C: take memory for a purpose, give it back, see where it is.
#include <gosbrk.h>
#include <stdio.h>

int main(void) {
    char *text = sysAllocOS(1 << 20, "text", 4);
    if (text == NULL) {
        fprintf(stderr, "gosbrk: %s\n", gosbrk_error_text(gosbrk_last_error()));
        return 1;
    }
    snprintf(text, 1 << 20, "whole pages, zeroed");

    uintptr_t n;
    char *arena = sysReserveAlignedSbrk(4 << 20, 4 << 20, &n); // As Go does for its heap.
    printf("text at +%#zx: %s\n", (uintptr_t)text - gosbrk_base(), text);
    printf("arena at +%#zx, %zu bytes\n", (uintptr_t)arena - gosbrk_base(), n);

    sysFreeOS(text, 1 << 20); // Meets the gap below the arena, and they become one block.
    gosbrk_block block;
    gosbrk_freelist(&block, 1);
    printf("free at +%#zx, %zu bytes\n", block.addr - gosbrk_base(), block.size);

    gosbrk_stats stats = {.size = sizeof stats};
    gosbrk_get_stats(&stats);
    printf("%zu bytes in use, %zu free\n", stats.in_use, stats.free);
}
