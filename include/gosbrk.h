#ifndef GOSBRK_H
#define GOSBRK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GOSBRK_VERSION "0.1.0"
#define GOSBRK_PROFILE_PLAN9 0
#define GOSBRK_PROFILE_WASM 1
#define GOSBRK_PROFILE_WASM_GO121 2
#define GOSBRK_ADVICE_GO 0
#define GOSBRK_ADVICE_OS 1
#define GOSBRK_MISUSE_ABORT 0
#define GOSBRK_MISUSE_REPORT 1
#define GOSBRK_CHECK_FAST 0
#define GOSBRK_CHECK_FULL 1
#define GOSBRK_OK 0
#define GOSBRK_E_NOMEM 1
#define GOSBRK_E_ZERO 2
#define GOSBRK_E_OVERFLOW 3
#define GOSBRK_E_RANGE 4
#define GOSBRK_E_UNALIGNED 5
#define GOSBRK_E_ALIGN 6
#define GOSBRK_E_DOUBLE_FREE 7
#define GOSBRK_E_MISMATCH 8
#define GOSBRK_E_CORRUPT 9
#define GOSBRK_E_DIRTY 10
#define GOSBRK_E_REENTRANT 11
#define GOSBRK_E_FOREIGN_BREAK 12
#define GOSBRK_E_CONFIG 13
#define GOSBRK_NAMES_MAX 32
#define GOSBRK_NAME_SIZE 40

typedef struct gosbrk_config {
  size_t size; uint32_t profile, advice, misuse, check;
  uintptr_t base, start, initial, limit;
} gosbrk_config;
typedef struct gosbrk_block { uintptr_t addr, size; } gosbrk_block;
typedef struct gosbrk_name_stats { char name[GOSBRK_NAME_SIZE]; uint64_t calls; uint64_t bytes; } gosbrk_name_stats;
typedef struct gosbrk_stats {
  size_t size;              /* in: sizeof(gosbrk_stats) (0 means that too); out: bytes written */
  uintptr_t in_use, free, free_blocks, high_water, resident;
  uint64_t growths, refusals;
  size_t names;             /* entries of by_name used */
  gosbrk_name_stats by_name[GOSBRK_NAMES_MAX];
} gosbrk_stats;

#ifdef __cplusplus
extern "C" {
#endif
void     *sysAllocOS(uintptr_t n, const char *vmaName, size_t vmaNameLen);
void      sysFreeOS(void *v, uintptr_t n);
void     *sysReserveOS(void *v, uintptr_t n, const char *vmaName, size_t vmaNameLen);
void     *sysReserveAlignedSbrk(uintptr_t size, uintptr_t align, uintptr_t *reserved);
void      sysMapOS(void *v, uintptr_t n, const char *vmaName, size_t vmaNameLen);
void      sysUnusedOS(void *v, uintptr_t n);
void      sysUsedOS(void *v, uintptr_t n);
void      sysHugePageOS(void *v, uintptr_t n);
void      sysNoHugePageOS(void *v, uintptr_t n);
void      sysHugePageCollapseOS(void *v, uintptr_t n);
void      sysFaultOS(void *v, uintptr_t n);
bool      needZeroAfterSysUnusedOS(void);
void        gosbrk_config_init(gosbrk_config *c);
int         gosbrk_init(const gosbrk_config *c);
uintptr_t   gosbrk_base(void);
uintptr_t   gosbrk_bloc(void);
uintptr_t   gosbrk_blocMax(void);
size_t      gosbrk_freelist(gosbrk_block *out, size_t cap);
int         gosbrk_check(void);
void        gosbrk_get_stats(gosbrk_stats *out);
int         gosbrk_last_error(void);
const char *gosbrk_error_text(int code);
const char *gosbrk_version(void);
#ifdef __cplusplus
}
#endif
#endif
