// What the program asks of C: see code.c.
#include <stddef.h>

size_t stack_kib(void);
int deep(size_t kib);
int wide(size_t kib);
int bad(void);
void rest(int seconds);
int arenas(int threads);
int among_libraries(void);
size_t started_by_c(int in_go, size_t stack_kib, size_t depth_kib);
