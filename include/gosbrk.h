// gosbrk: the Go runtime's sbrk memory layer (runtime/mem_sbrk.go, which Go uses on
// Plan 9 and WebAssembly) as a library.
//
// A program that only wants pages needs two functions, sysAllocOS and sysFreeOS.
//
// Functions that exist in Go keep Go's name, arguments and results. The same sequence
// of calls gives the same bytes and the same addresses, relative to the base of the
// segment. Names that do not exist in Go begin with gosbrk_ or GOSBRK_.
//
// CONVENTIONS
//
// These hold for every function unless its comment says otherwise.
//
// Instance
//   A process has one instance. It owns one segment of address space, [base, blocMax),
//   which grows at its end on demand. The segment has nothing to do with malloc or with
//   the process's own break. The library keeps its records outside of the segment. They
//   take at most 1/6500 of its size with pages of 4096 bytes. gosbrk_init sets up the
//   instance. Without it, the first call does, with the settings in the environment
//   variable GOSBRK (see Environment).
//
// Units
//   Sizes are in bytes. Memory is handed out in whole pages: 4096 bytes under
//   GOSBRK_PROFILE_PLAN9 (on arm64 the kernel's page, where that is larger), 65536 bytes
//   under the other profiles. [v, v+n) means the n bytes that start at v. A region is
//   what one call handed out. Regions side by side stay two: free each by itself.
//
// States
//   For Go's runtime; other programs can ignore them, and the hints. The states are
//   those of Go's runtime/mem.go. Memory is None (not the caller's),
//   Reserved, Prepared or Ready (may be read and written). Each function's comment
//   names the states before and after the call. The library does not track them. All
//   memory that was handed out can be accessed, unless sysFaultOS closed it under
//   GOSBRK_ADVICE_OS.
//
// Names
//   vmaName and vmaNameLen are the pointer and length of a Go string. It says what the
//   memory is for, in statistics and traces. It needs no NUL at its end. NULL or length
//   0 means no name. The library does not read it after the call.
//
// Errors
//   A call that fails returns NULL, or nothing if its return type is void. It has
//   changed nothing. gosbrk_last_error tells the calling thread the reason, and clears
//   it. A call that succeeds leaves the last error as it was. So to check a call that
//   returns nothing, ask once before it and once after.
//   In this file _ZERO is short for GOSBRK_E_ZERO, and so on.
//   There are two kinds of errors:
//   - Out of memory: _NOMEM and _FOREIGN_BREAK. Every caller must expect them.
//   - Misuse: all others except _CONFIG. The caller broke a rule. By default
//     (GOSBRK_MISUSE_ABORT) the process ends, like a Go program after a throw: one line
//     on standard error names the function, its arguments and the error, and SIGABRT
//     follows. With GOSBRK_MISUSE_REPORT, misuse is reported like out of memory.
//
// Threads
//   Any thread may call any function at any time. Every function holds one lock,
//   memlock, while it runs, unless its comment says that it takes no lock. If the lock
//   is held, the caller spins briefly, then sleeps for at least 50 us. Under heavy
//   contention a call can wait for milliseconds.
//
// Signals
//   A signal handler may call any function. If it interrupted a call of its own thread,
//   its call is refused with _REENTRANT. That is misuse, so by default the process
//   aborts. Threads are told apart by the thread pointer (the base of the segment
//   register fs, or TPIDR_EL0), which libc and the Go runtime set to a different address
//   in each thread. If it is 0 or cannot be read, the kernel's thread number is used
//   instead. Only a program that calls clone directly can have threads that share a
//   thread pointer. One of them may be refused while another one is inside a call.
//
// fork
//   The child gets its own copy of the segment and of the library's state. It may go on
//   using both, whatever other threads of the parent were doing during the fork. If one
//   of them was inside a call, the child sees that call either completed or never
//   begun. The memory that the call was about to return is never handed out in the
//   child.
//   - A signal handler may interrupt a call and then call fork. In the child, the
//     interrupted call continues when the handler returns. Calls that the handler makes
//     before that are refused with _REENTRANT. Where threads are told apart by the
//     kernel's number they are not refused, and the handler must not make them.
//   - All this needs Linux 4.14. On older kernels, if another thread was inside a call
//     during the fork, the lock stays taken in the child for ever.
//   - A child of vfork has no copy and must not call any function.
//
// Free memory
//   A free clears memory. From then on it is zero, except for a header at the start of
//   each free block, and it is not cleared again when it is handed out. So
//   nobody may write to memory of the segment that was freed or that was never handed
//   out. The library always detects an overwritten header before it uses that header.
//   Other overwritten bytes are detected by gosbrk_check and, under GOSBRK_CHECK_FULL,
//   before they are handed out.
//
// Environment
//   GOSBRK is a list of settings separated by commas, such as
//   profile=wasm,misuse=report.
//     profile=plan9|wasm|wasm_go121    advice=go|os    misuse=abort|report
//     check=fast|full    base=N    start=N    initial=N    limit=N    trace=FILE
//   - Except for trace they are the fields of gosbrk_config. N is a number of bytes in
//     decimal or hexadecimal (0x1f). It may end in K, M or G.
//   - trace=FILE records each call of a sys function, with its result, in the format of
//     docs/trace-format.md. A process that finds FILE in use writes to FILE.PID, and so
//     does a child of fork. If FILE contains %p or is a directory, each process writes
//     its own file. If writing fails, the program goes on, and one line on standard
//     error says that the trace has ended.
//   - An invalid setting ends the process with one line on standard error and exit
//     status 2.
//   - The variable is read once, with the value it had when the process started. It is
//     ignored if gosbrk_init is called first, if there is no /proc, or if the process
//     has more rights than its user (AT_SECURE).
//
// Requirements
//   Linux on x86-64 or arm64 (tested under emulation), and at most 1 KiB of stack. No
//   libc is needed: the library has no undefined symbols. It has no thread-local
//   storage, starts no threads and installs no signal handlers.
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

// Profile: Go on Plan 9. Pages of 4096 bytes, or of 16 or 64 KiB where the kernel has
// such pages (on arm64).
#define GOSBRK_PROFILE_PLAN9 0

// Profile: Go on WebAssembly since Go 1.24. Pages of 65536 bytes, at most 4 GiB.
#define GOSBRK_PROFILE_WASM 1

// Profile: Go on WebAssembly, Go 1.21 to 1.23. Its sbrk always grows the memory at
// its end and never moves bloc or blocMax.
#define GOSBRK_PROFILE_WASM_GO121 2

// Advice: the hints do nothing, as in Go's sbrk layer.
#define GOSBRK_ADVICE_GO 0

// Advice: the hints reach the kernel, as in Go's Linux layer.
#define GOSBRK_ADVICE_OS 1

// On misuse: one line on standard error, then SIGABRT.
#define GOSBRK_MISUSE_ABORT 0

// On misuse: the call returns NULL or does nothing, and sets the last error.
#define GOSBRK_MISUSE_REPORT 1

// Check the arguments of each call, and each header that the call uses.
#define GOSBRK_CHECK_FAST 0

// Check also that memory is zero when it is handed out. This detects writes after
// free.
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

// Misuse: the address is not a multiple of the page size, or a size that has to be
// is not.
#define GOSBRK_E_UNALIGNED 5

// Misuse: the alignment is not a power of two.
#define GOSBRK_E_ALIGN 6

// Misuse: the range is free already, in whole or in part.
#define GOSBRK_E_DOUBLE_FREE 7

// Misuse: the range runs over the end of its region, or its size is neither
// whole pages nor the rest of the region.
#define GOSBRK_E_MISMATCH 8

// Misuse: the header of a free block was overwritten. Detected before the header is
// used. From then on the library hands out no memory and takes none back, until
// gosbrk_init.
#define GOSBRK_E_CORRUPT 9

// Misuse: free memory was written to. Detected under GOSBRK_CHECK_FULL, before it
// is handed out.
#define GOSBRK_E_DIRTY 10

// Misuse: a signal handler interrupted a call of its own thread and made another.
#define GOSBRK_E_REENTRANT 11

// Something else is mapped where the break would grow. Never misuse.
#define GOSBRK_E_FOREIGN_BREAK 12

// The configuration is not valid. Returned by gosbrk_init only.
#define GOSBRK_E_CONFIG 13

// Rows of gosbrk_stats.by_name.
#define GOSBRK_NAMES_MAX 32

// Bytes of a name that are kept, including the NUL at its end.
#define GOSBRK_NAME_SIZE 40

// How the segment is set up. gosbrk_config_init fills in the defaults.
typedef struct gosbrk_config {
  // sizeof(gosbrk_config), set by gosbrk_config_init.
  size_t size;
  // Whose sbrk to follow, which also sets the page size: GOSBRK_PROFILE_*.
  uint32_t profile;
  // Whether hints reach the kernel: GOSBRK_ADVICE_*.
  uint32_t advice;
  // What misuse does: GOSBRK_MISUSE_*.
  uint32_t misuse;
  // How much is checked: GOSBRK_CHECK_*.
  uint32_t check;
  // Address of the segment, a multiple of the page size. 0: the library chooses.
  uintptr_t base;
  // First bloc, in bytes from base, rounded up to a page. In Go it is the end of
  // the program's data. The bytes below it are mapped and left to the caller.
  uintptr_t start;
  // First blocMax, also in bytes from base and rounded up. 0: the same as bloc. In
  // Go on WebAssembly it is the size of the memory when the program starts.
  uintptr_t initial;
  // Most bytes from base that the break may reach; what is over a whole page has no
  // effect. 0: the limit of the profile, which is 4 GiB for the two of WebAssembly and
  // none for GOSBRK_PROFILE_PLAN9.
  uintptr_t limit;
} gosbrk_config;

// A free block.
typedef struct gosbrk_block {
  // Address of its first byte.
  uintptr_t addr;
  // Its size in bytes.
  uintptr_t size;
} gosbrk_block;

// What was requested under one name since the segment was set up. The counters
// never go down, because a free does not give a name.
typedef struct gosbrk_name_stats {
  // The name, cut to 39 bytes, NUL-terminated. "(unnamed)" for calls without a
  // name. "(others)" for the names that came when all other rows were in use.
  char name[GOSBRK_NAME_SIZE];
  // Calls of sysAllocOS, sysReserveOS, sysReserveAlignedSbrk and sysMapOS under
  // this name. Memory that is reserved under one name and mapped under another
  // counts under both.
  uint64_t calls;
  // Bytes that these calls requested.
  uint64_t bytes;
} gosbrk_name_stats;

// Counters. All sizes are in bytes.
typedef struct gosbrk_stats {
  // Set by the caller: sizeof(gosbrk_stats), or 0, which means the same. Set by
  // the library: the number of bytes filled in.
  size_t size;
  // Bytes handed out and not freed. Each request counts rounded up to whole pages.
  uintptr_t in_use;
  // On the free list.
  uintptr_t free;
  // Blocks on the free list.
  size_t free_blocks;
  // Largest size of the segment so far, counted from base. It never shrinks.
  uintptr_t high_water;
  // In physical memory now. Also 0 if /proc cannot be read.
  uintptr_t resident;
  // Mapped for the library's records, outside of the segment. 0 for small heaps,
  // then at most 1/6500 of the segment with pages of 4096 bytes.
  uintptr_t metadata;
  // How often the system's break was raised.
  uint64_t growths;
  // Calls that failed or were refused.
  uint64_t refusals;
  // Rows of by_name that are in use.
  size_t names;
  // One row per name, in the order in which the names were first used.
  gosbrk_name_stats by_name[GOSBRK_NAMES_MAX];
} gosbrk_stats;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Allocates n bytes of zeroed memory (None to Ready). It comes from the free list
// if a block there is large enough, otherwise from the break. n is rounded up to
// whole pages.
//
// Returns NULL, having changed nothing, with one of these errors:
// - _ZERO: n is 0.
// - _OVERFLOW: the size wraps, or has more pages than a 32-bit memory can count.
// - _NOMEM, _FOREIGN_BREAK: the break cannot grow.
//
// Source: sysAllocOS of runtime/mem_sbrk.go, Go 1.27.
//
// Safety: vmaName points to vmaNameLen bytes, or is NULL.
void *sysAllocOS(uintptr_t n, const char *vmaName, size_t vmaNameLen);

// Frees [v, v+n): clears it and takes it back (any state to None). If the range
// ends at the break, the break moves down. Otherwise the range goes to the free
// list and is merged with its neighbours there. If v is NULL, nothing happens,
// whatever n is.
//
// The caller may free a region in parts, so a smaller n in whole pages frees that
// part alone: the library cannot know that more was meant. n is rounded up to whole
// pages, but the unrounded n decides whether the range ends at the break. So with a
// size that is not whole pages the range goes to the free list even there, as in Go.
//
// From 4 MiB on the kernel gets the memory back. A smaller range is cleared and
// stays in memory; sysUnusedOS before it gives that back too, under
// GOSBRK_ADVICE_OS.
//
// Does nothing, with one of these errors:
// - _ZERO: n is 0.
// - _OVERFLOW: n wraps when it is rounded up.
// - _UNALIGNED: v is not the start of a page.
// - _RANGE: the range is not inside memory that was handed out.
// - _DOUBLE_FREE: all or a part of the range is free already.
// - _MISMATCH: the range runs over the end of its region, or n is neither whole
//   pages nor the rest of the region.
// - _NOMEM: sysFaultOS closed the range, and it could not be opened to be cleared.
//
// Source: sysFreeOS of runtime/mem_sbrk.go, Go 1.27, the first release that
// checks for nil.
//
// Safety: No one uses the range any more.
void sysFreeOS(void *v, uintptr_t n);

// Reserves n bytes (None to Reserved). v says where:
// - NULL: anywhere, as in sysAllocOS.
// - gosbrk_bloc(): there, by moving the break up.
// - Any other address: returns NULL and changes nothing. No error is set, because
//   Go's runtime expects this answer and asks for another place.
//
// n is rounded, and errors are reported, as in sysAllocOS.
//
// Source: sysReserveOS of runtime/mem_sbrk.go, Go 1.27.
//
// Safety: vmaName points to vmaNameLen bytes, or is NULL.
void *sysReserveOS(void *v, uintptr_t n, const char *vmaName, size_t vmaNameLen);

// Reserves size bytes at a multiple of align (None to Reserved). If the free list
// has a block of size+align bytes, it is trimmed at both ends. Otherwise the
// memory starts at the next multiple of align above the break. What is skipped
// goes to the free list.
//
// Sets *reserved, unless reserved is NULL, to the number of bytes reserved: size,
// or 0 on failure. Under GOSBRK_PROFILE_WASM_GO121 it is size+align if the first
// try happened to be aligned, as in those releases of Go.
//
// Returns NULL, with one of these errors:
// - _ZERO: size is 0.
// - _ALIGN: align is not a power of two.
// - _UNALIGNED: size is not whole pages.
// - _OVERFLOW: size+align or the new break wraps, or as in sysAllocOS.
// - _NOMEM, _FOREIGN_BREAK: the break cannot grow.
//
// Source: sysReserveAlignedSbrk of runtime/mem_sbrk.go, Go 1.24 to 1.27.
//
// Safety: reserved points to a uintptr_t, or is NULL.
void *sysReserveAlignedSbrk(uintptr_t size, uintptr_t align, uintptr_t *reserved);

// Announces that [v, v+n) is about to be used under this name (Reserved to
// Prepared). The name is counted. Under GOSBRK_ADVICE_OS, a range that sysFaultOS
// closed can be accessed again. If n is 0, nothing else happens.
//
// Errors, under GOSBRK_ADVICE_OS only:
// - _UNALIGNED: v is not a multiple of the kernel's page, which has 4096 bytes or more.
// - _OVERFLOW: n wraps when it is rounded up.
// - _RANGE: the range is not inside memory that was handed out.
// - _NOMEM: the kernel refused.
//
// Until sysFaultOS has been called, sysMapOS and sysUsedOS have nothing to open and
// do not check the range.
//
// Source: sysMapOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range; vmaName points to vmaNameLen bytes, or is NULL.
void sysMapOS(void *v, uintptr_t n, const char *vmaName, size_t vmaNameLen);

// Says that the contents of [v, v+n) are not needed any more (Ready to Prepared).
// Under GOSBRK_ADVICE_OS its pages go back to the kernel, and the range then reads
// as zero. Under GOSBRK_ADVICE_GO nothing happens. No address changes.
//
// Pages that the kernel does not take back, such as locked ones, are replaced by fresh
// pages. Those are locked only after mlockall with MCL_FUTURE. If the kernel refuses
// that too, the pages are cleared and stay in memory. Parts of the range that
// sysFaultOS closed may be open afterwards.
//
// Errors: as sysMapOS. Under GOSBRK_ADVICE_OS also _UNALIGNED if n is not a multiple
// of the kernel's page, which has 4096 bytes or more.
//
// Source: sysUnusedOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysUnusedOS(void *v, uintptr_t n);

// Says that [v, v+n) is needed again (Prepared to Ready). Like sysMapOS, without
// a name.
//
// Source: sysUsedOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysUsedOS(void *v, uintptr_t n);

// Recommends huge pages for [v, v+n). The state does not change. Under
// GOSBRK_ADVICE_OS the kernel is told about the huge pages that lie inside the
// range. Best effort.
//
// Errors: as sysMapOS, but v need not be aligned.
//
// Source: sysHugePageOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysHugePageOS(void *v, uintptr_t n);

// Recommends against huge pages for [v, v+n). The state does not change. Under
// GOSBRK_ADVICE_OS the kernel is told. Best effort.
//
// Errors: as sysMapOS.
//
// Source: sysNoHugePageOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysNoHugePageOS(void *v, uintptr_t n);

// Asks for [v, v+n) to be moved to huge pages now. The state does not change.
// Under GOSBRK_ADVICE_OS the kernel is asked. Best effort.
//
// Errors: as sysMapOS.
//
// Source: sysHugePageCollapseOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysHugePageCollapseOS(void *v, uintptr_t n);

// Closes [v, v+n): every access to it faults (Ready or Prepared to Reserved).
// Under GOSBRK_ADVICE_GO nothing happens, as on the systems where Go uses sbrk.
// sysMapOS and sysUsedOS open the range again. sysFreeOS accepts it closed.
//
// Its pages go back to the kernel, locked ones too. After the range is opened again
// they are not locked.
//
// Errors: as sysMapOS. After _NOMEM a part of the range may fault, and the contents
// may be gone. sysMapOS opens it.
//
// Source: sysFaultOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
//
// Safety: The caller owns the range.
void sysFaultOS(void *v, uintptr_t n);

// Whether memory must be cleared after sysUnusedOS before it is used again.
// - true under GOSBRK_ADVICE_GO, where the contents stay.
// - false under GOSBRK_ADVICE_OS, where the memory comes back as zero.
// - true when it cannot be told, as in a signal handler that interrupted a call of
//   its own thread. The last error is set as by gosbrk_base.
//
// Source: needZeroAfterSysUnusedOS of runtime/mem_sbrk.go, Go 1.26 and 1.27.
bool needZeroAfterSysUnusedOS(void);

// Fills in the defaults: GOSBRK_PROFILE_PLAN9, GOSBRK_ADVICE_GO,
// GOSBRK_MISUSE_ABORT, GOSBRK_CHECK_FAST, and everything else chosen by the library.
// If c is NULL, nothing happens. Takes no lock.
//
// Safety: c points to a gosbrk_config, or is NULL.
void gosbrk_config_init(gosbrk_config *c);

// Sets up the segment, as Go's initBloc does. c NULL means the defaults. A later
// call drops the segment and makes a new one. Accesses to the old one then fault.
// If gosbrk_init is not called first, the first call of another function sets up
// the segment with the settings in the environment variable GOSBRK.
//
// Never aborts and sets no last error. Returns one of:
// - 0: done.
// - GOSBRK_E_CONFIG: c is not valid. Nothing has changed.
// - GOSBRK_E_NOMEM, GOSBRK_E_FOREIGN_BREAK: the segment cannot be mapped. There is
//   none now. The next call tries again, like the first call of a program.
// - GOSBRK_E_REENTRANT: a signal handler interrupted a call of its own thread.
//   Nothing has changed.
//
// Safety: c points to a gosbrk_config whose size is set, or is NULL. No one uses
// memory of the old segment.
int gosbrk_init(const gosbrk_config *c);

// Address of the segment, which is set up if there is none.
//
// Returns 0 and sets the last error if the segment cannot be set up, or, with
// _REENTRANT, in a signal handler that interrupted a call of its own thread. Never
// aborts.
uintptr_t gosbrk_base(void);

// Go's bloc, the break as the runtime sees it. Everything between base+start and
// bloc is handed out or on the free list. Returns 0 when gosbrk_base does.
uintptr_t gosbrk_bloc(void);

// Go's blocMax, the break as the system sees it, which is the end of the segment.
// It never moves down. Under GOSBRK_PROFILE_WASM_GO121 it never moves. Returns 0
// when gosbrk_base does.
uintptr_t gosbrk_blocMax(void);

// Writes the first cap blocks of Go's memFreelist to out, ascending by address.
// Returns the number of all free blocks. If out is NULL, nothing is written,
// whatever cap is. Returns 0 when gosbrk_base does.
//
// Safety: out points to an array of cap blocks, or cap is 0, or out is NULL.
size_t gosbrk_freelist(gosbrk_block *out, size_t cap);

// Does what Go's memCheck does, for everything: the order, sizes and links of the
// free list, every byte of every free block, and the memory between the break and
// the end of the segment. It reads all of that, so it is slow.
//
// Never aborts and sets no last error. Returns one of:
// - 0: no fault found.
// - GOSBRK_E_CORRUPT: a header was overwritten.
// - GOSBRK_E_DIRTY: a byte that should be zero is not.
// - GOSBRK_E_NOMEM or GOSBRK_E_REENTRANT: it could not check, for the reasons
//   for which gosbrk_base returns 0.
//
// Source: memCheck of runtime/mem_sbrk.go, which skips the last block.
int gosbrk_check(void);

// Fills in the first out->size bytes of the counters. If out is NULL, nothing
// happens. Reads /proc/self/smaps for the resident size, which can take a
// millisecond. When gosbrk_base returns 0, all counters but size are 0.
//
// Safety: out points to out->size bytes (0: sizeof(gosbrk_stats)), or is NULL.
void gosbrk_get_stats(gosbrk_stats *out);

// Returns the last error of the calling thread and clears it. Returns 0 if there
// was none since the thread last asked. Takes no lock.
//
// Threads are told apart by the kernel's thread number. An error may be lost if
// more than 64 threads have errors that they have not asked for. If a thread ends
// without asking, a later thread with the same number may get its error.
int gosbrk_last_error(void);

// What an error code means, as a static string. Takes no lock.
const char *gosbrk_error_text(int code);

// The version of the library: the GOSBRK_VERSION of the header it was built with.
// Takes no lock.
const char *gosbrk_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* GOSBRK_H */
