// The contract once more, by hand, for a compiler to hold against the header: a
// function declared otherwise there, or a field that moved, does not compile. As C11
// and as C++17; there is nothing to run.
#include "gosbrk.h"
#include "gosbrk.h" // The guard is part of the contract.

#include <assert.h>

#ifdef __cplusplus
extern "C" {
#endif

void *sysAllocOS(uintptr_t n, const char *vmaName, size_t vmaNameLen);
void sysFreeOS(void *v, uintptr_t n);
void *sysReserveOS(void *v, uintptr_t n, const char *vmaName, size_t vmaNameLen);
void *sysReserveAlignedSbrk(uintptr_t size, uintptr_t align, uintptr_t *reserved);
void sysMapOS(void *v, uintptr_t n, const char *vmaName, size_t vmaNameLen);
void sysUnusedOS(void *v, uintptr_t n);
void sysUsedOS(void *v, uintptr_t n);
void sysHugePageOS(void *v, uintptr_t n);
void sysNoHugePageOS(void *v, uintptr_t n);
void sysHugePageCollapseOS(void *v, uintptr_t n);
void sysFaultOS(void *v, uintptr_t n);
bool needZeroAfterSysUnusedOS(void);

void gosbrk_config_init(gosbrk_config *c);
int gosbrk_init(const gosbrk_config *c);
uintptr_t gosbrk_base(void);
uintptr_t gosbrk_bloc(void);
uintptr_t gosbrk_blocMax(void);
size_t gosbrk_freelist(gosbrk_block *out, size_t cap);
int gosbrk_check(void);
void gosbrk_get_stats(gosbrk_stats *out);
int gosbrk_last_error(void);
const char *gosbrk_error_text(int code);
const char *gosbrk_version(void);

#ifdef __cplusplus
}
#endif

#define FIELD(type, field, at, bytes)                                                   \
    static_assert(offsetof(type, field) == (at) && sizeof(((type *)0)->field) == (bytes), \
                  #type "." #field " moved")

static_assert(sizeof(gosbrk_config) == 56, "gosbrk_config");
FIELD(gosbrk_config, size, 0, 8);
FIELD(gosbrk_config, profile, 8, 4);
FIELD(gosbrk_config, advice, 12, 4);
FIELD(gosbrk_config, misuse, 16, 4);
FIELD(gosbrk_config, check, 20, 4);
FIELD(gosbrk_config, base, 24, 8);
FIELD(gosbrk_config, start, 32, 8);
FIELD(gosbrk_config, initial, 40, 8);
FIELD(gosbrk_config, limit, 48, 8);

static_assert(sizeof(gosbrk_block) == 16, "gosbrk_block");
FIELD(gosbrk_block, addr, 0, 8);
FIELD(gosbrk_block, size, 8, 8);

static_assert(sizeof(gosbrk_name_stats) == 56, "gosbrk_name_stats");
FIELD(gosbrk_name_stats, name, 0, GOSBRK_NAME_SIZE);
FIELD(gosbrk_name_stats, calls, 40, 8);
FIELD(gosbrk_name_stats, bytes, 48, 8);

static_assert(sizeof(gosbrk_stats) == 80 + GOSBRK_NAMES_MAX * 56, "gosbrk_stats");
FIELD(gosbrk_stats, size, 0, 8);
FIELD(gosbrk_stats, in_use, 8, 8);
FIELD(gosbrk_stats, free, 16, 8);
FIELD(gosbrk_stats, free_blocks, 24, 8);
FIELD(gosbrk_stats, high_water, 32, 8);
FIELD(gosbrk_stats, resident, 40, 8);
FIELD(gosbrk_stats, metadata, 48, 8);
FIELD(gosbrk_stats, growths, 56, 8);
FIELD(gosbrk_stats, refusals, 64, 8);
FIELD(gosbrk_stats, names, 72, 8);
FIELD(gosbrk_stats, by_name, 80, GOSBRK_NAMES_MAX * 56);

static_assert(GOSBRK_NAMES_MAX == 32 && GOSBRK_NAME_SIZE == 40, "sizes");
static_assert(GOSBRK_PROFILE_PLAN9 == 0 && GOSBRK_PROFILE_WASM == 1 &&
                  GOSBRK_PROFILE_WASM_GO121 == 2, "profiles");
static_assert(GOSBRK_ADVICE_GO == 0 && GOSBRK_ADVICE_OS == 1, "advice");
static_assert(GOSBRK_MISUSE_ABORT == 0 && GOSBRK_MISUSE_REPORT == 1, "misuse");
static_assert(GOSBRK_CHECK_FAST == 0 && GOSBRK_CHECK_FULL == 1, "check");
static_assert(GOSBRK_OK == 0 && GOSBRK_E_NOMEM == 1 && GOSBRK_E_ZERO == 2 &&
                  GOSBRK_E_OVERFLOW == 3 && GOSBRK_E_RANGE == 4 &&
                  GOSBRK_E_UNALIGNED == 5 && GOSBRK_E_ALIGN == 6 &&
                  GOSBRK_E_DOUBLE_FREE == 7 && GOSBRK_E_MISMATCH == 8 &&
                  GOSBRK_E_CORRUPT == 9 && GOSBRK_E_DIRTY == 10 &&
                  GOSBRK_E_REENTRANT == 11 && GOSBRK_E_FOREIGN_BREAK == 12 &&
                  GOSBRK_E_CONFIG == 13, "codes");
static_assert(sizeof(GOSBRK_VERSION) > 1, "a string");
