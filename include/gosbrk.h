// gosbrk: the Go runtime's sbrk memory layer (runtime/mem_sbrk.go, what Go uses on
// Plan 9 and WebAssembly) as a library.
//
// A function that Go has carries Go's name and takes Go's arguments, and gives what
// Go's gives: the same calls lead to the same addresses, counted from the segment's
// base, and to the same bytes. What Go does not have is called gosbrk_ or GOSBRK_.
//
// CONVENTIONS. They hold for every function that does not say otherwise.
//
// Instance. A process has one: a segment of address space, [base, blocMax), that
// belongs to the library alone and grows at its end on demand. It has nothing to do
// with the process's own break or with malloc. What the library notes about it lies
// elsewhere, and takes about 1/8000 of its size. gosbrk_init sets it up; without that
// the first call does, as the environment variable GOSBRK asks (see below).
//
// Units. Sizes are bytes. Memory is handed out in whole pages, of 4096 bytes (or the
// kernel's, where those are larger) under GOSBRK_PROFILE_PLAN9 and 65536 under the
// others. [v, v+n) are the n bytes from v on.
//
// States. Those of Go's runtime/mem.go: memory is None (not the caller's), Reserved,
// Prepared or Ready (to be read and written). Each function says what it moves from
// where to where. The library does not keep track of them: all that was handed out can
// be accessed, unless sysFaultOS closed it under GOSBRK_ADVICE_OS.
//
// Names. vmaName and vmaNameLen are a Go string, pointer and length, that says what
// the memory is for, in statistics and traces. No NUL is needed at its end, NULL or
// length 0 is no name, and it is not looked at after the call.
//
// Errors. A call that fails gives NULL, or nothing if it gives nothing anyway. It has
// then changed nothing, and gosbrk_last_error tells the calling thread why. A call
// that succeeds leaves the last error alone. In what follows, _ZERO is short for
// GOSBRK_E_ZERO, and so on. There are two kinds:
//   - Out of memory, _NOMEM and _FOREIGN_BREAK: an answer that every caller must
//     expect.
//   - All others but _CONFIG are misuse: the caller broke a rule. By default
//     (GOSBRK_MISUSE_ABORT) the process then ends as after a throw of Go's: one line
//     on standard error names the function, its arguments and the fault, and SIGABRT
//     follows. With GOSBRK_MISUSE_REPORT it is reported like out of memory.
//
// Threads. Any thread may call anything at any time. Every function takes the one
// lock, memlock, for as long as it runs, unless its comment says that it takes none.
// A caller that finds it taken looks again, and then sleeps for 50 us or more: threads
// that do nothing but call can make it wait for milliseconds.
//
// Signals. A signal handler may call anything. If it comes in the middle of a call
// of its own thread it is refused with _REENTRANT: misuse, so that by default the
// process aborts. Threads are told apart by the thread pointer (the base of the
// segment register fs, or TPIDR_EL0), of which libc and the Go runtime give each
// thread its own, or else by the kernel's number. Of threads that share a base,
// which only raw calls of clone make, one may be refused while another one is
// inside.
//
// fork. The child has its own copy of the segment and of the library's state, and may
// go on using both, whatever other threads were doing at that moment. A call that one
// of them was inside is in the child as if it had been completed, or never begun; what
// it was about to get is handed out to nobody. In a child of a signal handler that
// came in the middle of a call, that call goes on when the handler returns: until then
// it is refused with _REENTRANT. (Where threads go by the kernel's number it is not,
// and may not call anything until then.) All this needs Linux 4.14: before it, a child
// finds the lock taken for ever if another thread was inside a call. A child of vfork
// has no copy, and may not call anything.
//
// Free memory. It is zero, but for a header at the start of each free block, and it is
// handed out again as it is. So nobody may write to memory of the segment that was
// freed, or was never handed out. A header that was written to is found before it is
// used; other bytes are found with GOSBRK_CHECK_FULL, when they are handed out, and by
// gosbrk_check.
//
// Environment. GOSBRK is a list of settings, such as profile=wasm,misuse=report:
//   profile=plan9|wasm|wasm_go121    advice=go|os    misuse=abort|report
//   check=fast|full    base=N    start=N    initial=N    limit=N    trace=FILE
// They are the fields of gosbrk_config; N is a number of bytes, in decimal or as 0x1f,
// with K, M or G behind it if you like. trace=FILE records each call of a sys function
// and its result to FILE, in the format of docs/trace-format.md. A process that finds
// FILE in use, or is a child of fork, writes FILE.PID; each writes its own file where
// the path has %p or is a directory. What cannot be written ends the trace, in one line
// on standard error, and not the program. A setting that is not understood is
// one line on standard error and exit status 2. The variable is read once, as it was
// when the process started; it is ignored in a process that has more rights than its
// user (AT_SECURE), where there is no /proc, and when gosbrk_init comes first.
//
// Needs. Linux on x86-64 or arm64 (tested under emulation), and at most 1 KiB of
// stack. No libc: the library refers to no symbol outside of itself, has no
// thread-local storage, starts no thread, and installs no signal handler.
//
// FUNCTIONS
//   memory      sysAllocOS sysFreeOS sysReserveOS sysReserveAlignedSbrk
//   hints       sysMapOS sysUsedOS sysUnusedOS needZeroAfterSysUnusedOS sysFaultOS
//               sysHugePageOS sysNoHugePageOS sysHugePageCollapseOS
//   set-up      gosbrk_config_init gosbrk_init gosbrk_version
//   inspection  gosbrk_base gosbrk_bloc gosbrk_blocMax gosbrk_freelist gosbrk_get_stats
//               gosbrk_check
//   errors      gosbrk_last_error gosbrk_error_text

#ifndef GOSBRK_H
#define GOSBRK_H

// Generated by cbindgen from src/abi and cbindgen.toml: edit those, then run
// GOSBRK_BLESS=1 cargo test --test header fresh

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The release of this header. Compare it with gosbrk_version(), the library's.
#define GOSBRK_VERSION "0.2.0"

// Profile: Go's layer on Plan 9. Pages of 4096 bytes, or of 16 or 64 KiB where the kernel
// has such pages (on arm64).
#define GOSBRK_PROFILE_PLAN9 0

// Profile: Go's layer on WebAssembly since Go 1.24. Pages of 65536 bytes, 4 GiB.
#define GOSBRK_PROFILE_WASM 1

// Profile: Go's layer on WebAssembly in Go 1.21 to 1.23, whose sbrk always
// grows the memory at its end and never moves bloc or blocMax.
#define GOSBRK_PROFILE_WASM_GO121 2

// Advice: the hints do nothing, as in Go's sbrk layer.
#define GOSBRK_ADVICE_GO 0

// Advice: the hints reach the kernel, as in Go's Linux layer.
#define GOSBRK_ADVICE_OS 1

// On misuse: one line on standard error, then SIGABRT.
#define GOSBRK_MISUSE_ABORT 0

// On misuse: the call gives NULL or does nothing, and sets the last error.
#define GOSBRK_MISUSE_REPORT 1

// Check: the arguments of each call, and each header that it uses.
#define GOSBRK_CHECK_FAST 0

// Check: also that memory is zero when it is handed out, for finding a write
// after free.
#define GOSBRK_CHECK_FULL 1

// No error.
#define GOSBRK_OK 0

// Out of memory: the kernel or a limit refused. Never misuse.
#define GOSBRK_E_NOMEM 1

// Misuse: the size is 0.
#define GOSBRK_E_ZERO 2

// Misuse: the size does not fit the address space.
#define GOSBRK_E_OVERFLOW 3

// Misuse: the range is not inside memory that was handed out.
#define GOSBRK_E_RANGE 4

// Misuse: an address, or a size that must be, is not a multiple of the page.
#define GOSBRK_E_UNALIGNED 5

// Misuse: the alignment is not a power of two.
#define GOSBRK_E_ALIGN 6

// Misuse: the range is free already, in whole or in part.
#define GOSBRK_E_DOUBLE_FREE 7

// Misuse: the range runs over the end of its region, or its size is neither
// whole pages nor the rest of the region.
#define GOSBRK_E_MISMATCH 8

// Misuse: the header of a free block was overwritten. Found before the header is
// used. From then on memory is neither given nor taken back, until gosbrk_init.
#define GOSBRK_E_CORRUPT 9

// Misuse: free memory was written to. Found under GOSBRK_CHECK_FULL, before it is
// handed out.
#define GOSBRK_E_DIRTY 10

// Misuse: a thread called the layer while it was inside it, from a signal
// handler.
#define GOSBRK_E_REENTRANT 11

// Something else is mapped where the break would grow. Never misuse.
#define GOSBRK_E_FOREIGN_BREAK 12

// A configuration that is not valid. Given by gosbrk_init only.
#define GOSBRK_E_CONFIG 13

// Rows of gosbrk_stats.by_name.
#define GOSBRK_NAMES_MAX 32

// Bytes of a name that are kept, the closing NUL included.
#define GOSBRK_NAME_SIZE 40

// How the segment is set up. gosbrk_config_init fills in the defaults.
typedef struct gosbrk_config {
  // sizeof(gosbrk_config), set by gosbrk_config_init.
  size_t size;
  // Whose sbrk, and with it the page size: GOSBRK_PROFILE_*.
  uint32_t profile;
  // Whether hints reach the kernel: GOSBRK_ADVICE_*.
  uint32_t advice;
  // What misuse does: GOSBRK_MISUSE_*.
  uint32_t misuse;
  // How much is checked: GOSBRK_CHECK_*.
  uint32_t check;
  // Address of the segment, a multiple of the page; 0: chosen.
  uintptr_t base;
  // First bloc, in bytes from base, rounded up to a page. In Go the end of
  // the program's data: the bytes below it are mapped and left to the caller.
  uintptr_t start;
  // First blocMax, likewise; 0: the same as bloc. In Go on WebAssembly the
  // size of the memory when the program starts.
  uintptr_t initial;
  // Most bytes the break may reach from base; 0: the profile's.
  uintptr_t limit;
} gosbrk_config;

// A free block.
typedef struct gosbrk_block {
  // Address of its first byte.
  uintptr_t addr;
  // Its bytes.
  uintptr_t size;
} gosbrk_block;

// What was asked for under one name since the segment was made. The counters
// only go up, since a free says no name.
typedef struct gosbrk_name_stats {
  // The name, cut to 39 bytes, NUL-terminated; "(unnamed)" where there was
  // none, "(others)" for names that found no row of their own.
  char name[GOSBRK_NAME_SIZE];
  // Calls of sysAllocOS, sysReserveOS, sysReserveAlignedSbrk and sysMapOS
  // under it. Memory that is reserved under one name and mapped under
  // another counts under both.
  uint64_t calls;
  // Bytes they asked for.
  uint64_t bytes;
} gosbrk_name_stats;

// Counters. All sizes are bytes.
typedef struct gosbrk_stats {
  // In: sizeof(gosbrk_stats), or 0 for the same. Out: bytes filled in.
  size_t size;
  // Handed out and not freed, in whole pages.
  uintptr_t in_use;
  // On the free list.
  uintptr_t free;
  // Blocks on the free list.
  size_t free_blocks;
  // Most the segment ever held, from base; it never shrinks.
  uintptr_t high_water;
  // In physical memory now; 0 also where /proc cannot be read.
  uintptr_t resident;
  // Mapped for the library's records, outside the segment: nothing for small
  // heaps, then 1/8192 of the segment with pages of 4096 bytes.
  uintptr_t metadata;
  // Times the system's break was raised.
  uint64_t growths;
  // Calls that failed or were refused.
  uint64_t refusals;
  // Rows of by_name that are in use.
  size_t names;
  // What was asked for under each name, in the order in which they came.
  gosbrk_name_stats by_name[GOSBRK_NAMES_MAX];
} gosbrk_stats;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Allocates n bytes of zeroed memory (None to Ready), from the free list if a
// block there is large enough, else from the break.
//
// n is rounded up to whole pages. 0 is refused with _ZERO; a size that wraps,
// or that a 32-bit memory could not count, with _OVERFLOW. Gives NULL and sets
// _NOMEM or _FOREIGN_BREAK when the break cannot grow; nothing has changed then.
//
// Source: sysAllocOS of runtime/mem_sbrk.go, Go 1.27.
//
// Safety: vmaName points to vmaNameLen bytes, or is NULL.
void *sysAllocOS(uintptr_t n, const char *vmaName, size_t vmaNameLen);

// Frees [v, v+n): clears it and takes it back (any state to None). If it ends
// at the break, the break comes down; else it goes to the free list, merged
// with its neighbours there. The caller may free a region in parts.
//
// n is rounded up to whole pages, but decides as given whether the range ends
// at the break: as in Go, one that is not whole pages goes to the free list. v
// NULL: nothing happens, whatever n.
//
// Refused: n of 0 (_ZERO) or wrapping (_OVERFLOW), v not on a page (_UNALIGNED),
// a range outside of what was handed out (_RANGE), one that is free already, in
// whole or in part (_DOUBLE_FREE), one that runs over the end of its region, or
// whose n is neither whole pages nor the rest of the region (_MISMATCH).
// _NOMEM: a range that sysFaultOS closed could not be opened to be cleared.
//
// Source: sysFreeOS of runtime/mem_sbrk.go, Go 1.27 (the check for nil is new
// there).
//
// Safety: Nobody uses the range any more.
void sysFreeOS(void *v, uintptr_t n);

// Reserves n bytes (None to Reserved). v NULL: anywhere, as sysAllocOS. v equal
// to gosbrk_bloc(): right there, by moving the break. Any other v: NULL, nothing
// changes, and no error is set, since Go's runtime just asks elsewhere then.
//
// n and failure as for sysAllocOS.
//
// Source: sysReserveOS of runtime/mem_sbrk.go, Go 1.27.
//
// Safety: vmaName points to vmaNameLen bytes, or is NULL.
void *sysReserveOS(void *v, uintptr_t n, const char *vmaName, size_t vmaNameLen);

// Reserves size bytes at a multiple of align (None to Reserved): from a free
// block of size+align bytes, trimmed at both ends, or else at the next multiple
// of align above the break. What is skipped goes to the free list.
//
// Sets *reserved (unless reserved is NULL) to the bytes reserved: size, or 0
// on failure. Under GOSBRK_PROFILE_WASM_GO121 it is size+align when the first
// try was aligned by chance, as in those releases.
//
// Refused, with NULL and 0: size 0 (_ZERO), align not a power of two (_ALIGN),
// size not whole pages (_UNALIGNED), size+align or the break above it wrapping
// (_OVERFLOW). Fails as sysAllocOS.
//
// Source: sysReserveAlignedSbrk of runtime/mem_sbrk.go, Go 1.24 to 1.27.
//
// Safety: reserved points to a uintptr_t, or is NULL.
void *sysReserveAlignedSbrk(uintptr_t size, uintptr_t align, uintptr_t *reserved);

// Announces that [v, v+n) is about to be used, under this name (Reserved to
// Prepared). It does nothing but count the name, unless the advice is
// GOSBRK_ADVICE_OS: then a range that sysFaultOS closed can be accessed again.
//
// Refused, under GOSBRK_ADVICE_OS only: v not on a page of the kernel's
// (_UNALIGNED), n wrapping (_OVERFLOW), a range outside of what was handed out
// (_RANGE). _NOMEM: the kernel refused. n of 0 does nothing. sysMapOS and
// sysUsedOS have nothing to do, and do not look, before sysFaultOS was called.
//
// Source: sysMapOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range; vmaName points to vmaNameLen bytes, or is NULL.
void sysMapOS(void *v, uintptr_t n, const char *vmaName, size_t vmaNameLen);

// Declares the contents of [v, v+n) forfeit (Ready to Prepared). Under
// GOSBRK_ADVICE_OS its pages go back to the kernel and it reads as zero; under
// GOSBRK_ADVICE_GO nothing happens. No address changes.
//
// Pages that the kernel does not take back, such as locked ones, are replaced by
// fresh pages, which are not locked (they are after mlockall with MCL_FUTURE). Where
// the kernel refuses that too, they are cleared and stay in memory. A part of the
// range that sysFaultOS closed may be open afterwards.
//
// Refused as sysMapOS, and under GOSBRK_ADVICE_OS also when n is not a multiple
// of the kernel's page, which has 4096 bytes at least (_UNALIGNED).
//
// Source: sysUnusedOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysUnusedOS(void *v, uintptr_t n);

// Declares [v, v+n) needed again (Prepared to Ready). As sysMapOS, without a
// name.
//
// Source: sysUsedOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysUsedOS(void *v, uintptr_t n);

// Says that huge pages would do [v, v+n) good. No change of state; under
// GOSBRK_ADVICE_OS the kernel hears of the huge pages that lie inside. Best
// effort.
//
// Refused as sysMapOS, but v may be anywhere in a page.
//
// Source: sysHugePageOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysHugePageOS(void *v, uintptr_t n);

// Says that huge pages would do [v, v+n) no good. No change of state; under
// GOSBRK_ADVICE_OS the kernel hears of it. Best effort.
//
// Refused as sysMapOS.
//
// Source: sysNoHugePageOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysNoHugePageOS(void *v, uintptr_t n);

// Asks that [v, v+n) be put on huge pages at once. No change of state; under
// GOSBRK_ADVICE_OS the kernel is asked. Best effort.
//
// Refused as sysMapOS.
//
// Source: sysHugePageCollapseOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysHugePageCollapseOS(void *v, uintptr_t n);

// Makes [v, v+n) fault when it is accessed (Ready or Prepared to Reserved),
// under GOSBRK_ADVICE_OS; under GOSBRK_ADVICE_GO nothing happens, as on Go's
// own sbrk systems. sysMapOS and sysUsedOS open it again; sysFreeOS takes it as
// it is.
//
// Locked pages go back too, and are not locked when the range is opened again.
//
// Refused as sysMapOS. _NOMEM: the kernel refused; then a part of the range may
// fault, and the contents may be gone. sysMapOS opens it.
//
// Source: sysFaultOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysFaultOS(void *v, uintptr_t n);

// Whether memory must be cleared after sysUnusedOS before it is used again:
// true under GOSBRK_ADVICE_GO, where its bytes stay; false under
// GOSBRK_ADVICE_OS, where it comes back as zero. True also when it cannot be
// told: from a signal handler that came in the middle of a call of its thread,
// with last error _REENTRANT.
//
// Source: needZeroAfterSysUnusedOS of runtime/mem_sbrk.go, Go 1.26 and 1.27.
bool needZeroAfterSysUnusedOS(void);

// Fills in the defaults: the Plan 9 profile, advice as Go, misuse aborts, fast
// checks, everything else chosen. c NULL: nothing happens. Takes no lock.
//
// Safety: c points to a gosbrk_config, or is NULL.
void gosbrk_config_init(gosbrk_config *c);

// Sets up the segment: Go's initBloc. Called again, it drops the segment and
// starts afresh; whoever still uses memory of the old one faults. c NULL: the
// defaults. Without it, the first call sets up what the environment variable
// GOSBRK asks for.
//
// Gives 0; or GOSBRK_E_CONFIG, when c makes no sense (nothing has changed);
// or GOSBRK_E_NOMEM or _FOREIGN_BREAK, when the segment cannot be had (there is
// none then; the next call tries as the first call of a program does); or
// GOSBRK_E_REENTRANT, from a signal handler that came in the middle of a call of
// its thread (nothing has changed). Never aborts, and sets no last error.
//
// Safety: c points to a gosbrk_config whose size is set, or is NULL; nobody uses memory
// of the old segment.
int gosbrk_init(const gosbrk_config *c);

// Address of the segment; sets it up if need be. 0 when it cannot be had, or
// from a signal handler that came in the middle of a call of its thread, with
// last error _REENTRANT; it never aborts.
uintptr_t gosbrk_base(void);

// Go's bloc, the runtime's idea of the break: everything from base+start up to
// it is handed out or on the free list. 0 as for gosbrk_base.
uintptr_t gosbrk_bloc(void);

// Go's blocMax, the system's break: the end of the segment. It never comes down,
// and under the profile WASM_GO121 stays where it began. 0 as for gosbrk_base.
uintptr_t gosbrk_blocMax(void);

// Writes the first cap free blocks to out, ascending by address, and gives how
// many there are in all: Go's memFreelist, walked. 0 as for gosbrk_base.
//
// Safety: out points to room for cap blocks, or cap is 0.
size_t gosbrk_freelist(gosbrk_block *out, size_t cap);

// Go's memCheck over everything: the order, sizes and links of the free list,
// every byte of every free block, and the memory between the break and the end
// of the segment. Reads all of it, so it is slow.
//
// Gives 0, GOSBRK_E_CORRUPT (a header was overwritten) or GOSBRK_E_DIRTY (a
// byte that should be zero is not); or GOSBRK_E_NOMEM or _REENTRANT, when it
// could not look, as for gosbrk_base. Never aborts, and sets no last error.
//
// Source: memCheck of runtime/mem_sbrk.go, which skips the last block.
int gosbrk_check(void);

// Fills in the counters, as far as out->size reaches. Reads what is resident from
// /proc/self/smaps, which can take a millisecond. out NULL: nothing happens. All 0
// but the size when it could not look, as for gosbrk_base.
//
// Safety: out points to out->size bytes (0: sizeof(gosbrk_stats)), or is NULL.
void gosbrk_get_stats(gosbrk_stats *out);

// Gives the calling thread's last error since it last asked, and clears it; 0 if
// there was none. Takes no lock.
//
// Threads are told apart by the kernel's number. With more than 64 of them that
// failed and never asked, an error may be lost; and a thread that ends without
// asking may leave its error to a later one that is given its number.
int gosbrk_last_error(void);

// What an error code means, in static words. Takes no lock.
const char *gosbrk_error_text(int code);

// The release of the library: GOSBRK_VERSION of the header it was built with.
// Takes no lock.
const char *gosbrk_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* GOSBRK_H */
