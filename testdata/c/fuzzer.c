/* What libFuzzer calls: it has Go code work, and take more memory the more it is given. */
#include <stddef.h>
#include <stdint.h>

extern long long Work(long long mib);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static long long held;
    long long mib = size > 0 ? data[0] % 3 : 0;
    held += mib;
    if (Work(mib) != held) {
        __builtin_trap();
    }
    return 0;
}
