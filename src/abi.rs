//! The C functions: check the pointers, call, map the result.
//!
//! The conventions that hold for all of them stand at the top of the header
//! (`cbindgen.toml`); what is said here is said of the one function.
//!
//! The header is made from this file by `tests/header.rs`. The constants are
//! plain numbers because cbindgen computes nothing; the same test holds them
//! against the types they stand for.
#![allow(
    clippy::doc_markdown,
    reason = "these comments become the C header, where backticks are noise"
)]

use crate::call::Call;
use crate::config::{Advice, Check, Config, Misuse, Profile};
use crate::error::Error;
use crate::freelist::{Block, Fault};
use crate::names::NameStats;
use crate::process::{self, Process, last_error, look, perform};
use crate::runtime::{Reserved, Stats};
use core::ffi::{c_char, c_int, c_void};
use libc::size_t;

/// Profile: Go's layer on Plan 9. Pages of 4096 bytes.
pub const GOSBRK_PROFILE_PLAN9: u32 = 0;
/// Profile: Go's layer on WebAssembly since Go 1.24. Pages of 65536 bytes, 4 GiB.
pub const GOSBRK_PROFILE_WASM: u32 = 1;
/// Profile: Go's layer on WebAssembly in Go 1.21 to 1.23, whose sbrk always
/// grows the memory at its end and never moves bloc or blocMax.
pub const GOSBRK_PROFILE_WASM_GO121: u32 = 2;

/// Advice: the hints do nothing, as in Go's sbrk layer.
pub const GOSBRK_ADVICE_GO: u32 = 0;
/// Advice: the hints reach the kernel, as in Go's Linux layer.
pub const GOSBRK_ADVICE_OS: u32 = 1;

/// On misuse: one line on standard error, then SIGABRT.
pub const GOSBRK_MISUSE_ABORT: u32 = 0;
/// On misuse: the call gives NULL or does nothing, and sets the last error.
pub const GOSBRK_MISUSE_REPORT: u32 = 1;

/// Check: the arguments of each call, and each header that it uses.
pub const GOSBRK_CHECK_FAST: u32 = 0;
/// Check: also that memory is zero when it is handed out, for finding a write
/// after free.
pub const GOSBRK_CHECK_FULL: u32 = 1;

/// No error.
pub const GOSBRK_OK: c_int = 0;
/// Out of memory: the kernel or a limit refused. Never misuse.
pub const GOSBRK_E_NOMEM: c_int = 1;
/// Misuse: the size is 0.
pub const GOSBRK_E_ZERO: c_int = 2;
/// Misuse: the size does not fit the address space.
pub const GOSBRK_E_OVERFLOW: c_int = 3;
/// Misuse: the range is not inside memory that was handed out.
pub const GOSBRK_E_RANGE: c_int = 4;
/// Misuse: an address, or a size that must be, is not a multiple of the page.
pub const GOSBRK_E_UNALIGNED: c_int = 5;
/// Misuse: the alignment is not a power of two.
pub const GOSBRK_E_ALIGN: c_int = 6;
/// Misuse: the range is free already, in whole or in part.
pub const GOSBRK_E_DOUBLE_FREE: c_int = 7;
/// Misuse: the range runs over the end of its region, or its size is neither
/// whole pages nor the rest of the region.
pub const GOSBRK_E_MISMATCH: c_int = 8;
/// Misuse: the header of a free block was overwritten. Found before the header is
/// used. From then on memory is neither given nor taken back, until gosbrk_init.
pub const GOSBRK_E_CORRUPT: c_int = 9;
/// Misuse: free memory was written to. Found under GOSBRK_CHECK_FULL, before it is
/// handed out.
pub const GOSBRK_E_DIRTY: c_int = 10;
/// Misuse: a thread called the layer while it was inside it, from a signal
/// handler.
pub const GOSBRK_E_REENTRANT: c_int = 11;
/// Something else is mapped where the break would grow. Never misuse.
pub const GOSBRK_E_FOREIGN_BREAK: c_int = 12;
/// A configuration that is not valid. Given by gosbrk_init only.
pub const GOSBRK_E_CONFIG: c_int = 13;

/// Rows of gosbrk_stats.by_name.
pub const GOSBRK_NAMES_MAX: usize = 32;
/// Bytes of a name that are kept, the closing NUL included.
pub const GOSBRK_NAME_SIZE: usize = 40;

/// How the segment is set up. gosbrk_config_init fills in the defaults.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct GosbrkConfig {
    /// sizeof(gosbrk_config), set by gosbrk_config_init.
    pub size: size_t,
    /// Whose sbrk, and with it the page size: GOSBRK_PROFILE_*.
    pub profile: u32,
    /// Whether hints reach the kernel: GOSBRK_ADVICE_*.
    pub advice: u32,
    /// What misuse does: GOSBRK_MISUSE_*.
    pub misuse: u32,
    /// How much is checked: GOSBRK_CHECK_*.
    pub check: u32,
    /// Address of the segment, a multiple of the page; 0: chosen.
    pub base: usize,
    /// First bloc, in bytes from base, rounded up to a page. In Go the end of
    /// the program's data: the bytes below it are mapped and left to the caller.
    pub start: usize,
    /// First blocMax, likewise; 0: the same as bloc. In Go on WebAssembly the
    /// size of the memory when the program starts.
    pub initial: usize,
    /// Most bytes the break may reach from base; 0: the profile's.
    pub limit: usize,
}

/// A free block.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct GosbrkBlock {
    /// Address of its first byte.
    pub addr: usize,
    /// Its bytes.
    pub size: usize,
}

/// What was asked for under one name since the segment was made. The counters
/// only go up, since a free says no name.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct GosbrkNameStats {
    /// The name, cut to 39 bytes, NUL-terminated; "(unnamed)" where there was
    /// none, "(others)" for names that found no row of their own.
    pub name: [c_char; GOSBRK_NAME_SIZE],
    /// Calls of sysAllocOS, sysReserveOS, sysReserveAlignedSbrk and sysMapOS
    /// under it. Memory that is reserved under one name and mapped under
    /// another counts under both.
    pub calls: u64,
    /// Bytes they asked for.
    pub bytes: u64,
}

/// Counters. All sizes are bytes.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct GosbrkStats {
    /// In: sizeof(gosbrk_stats), or 0 for the same. Out: bytes filled in.
    pub size: size_t,
    /// Handed out and not freed, in whole pages.
    pub in_use: usize,
    /// On the free list.
    pub free: usize,
    /// Blocks on the free list.
    pub free_blocks: size_t,
    /// Most the segment ever held, from base; it never shrinks.
    pub high_water: usize,
    /// In physical memory now; 0 also where /proc cannot be read.
    pub resident: usize,
    /// Mapped for the library's records, outside the segment: nothing for small
    /// heaps, then 1/8192 of the segment with pages of 4096 bytes.
    pub metadata: usize,
    /// Times the system's break was raised.
    pub growths: u64,
    /// Calls that failed or were refused.
    pub refusals: u64,
    /// Rows of by_name that are in use.
    pub names: size_t,
    /// What was asked for under each name, in the order in which they came.
    pub by_name: [GosbrkNameStats; GOSBRK_NAMES_MAX],
}

/// Allocates n bytes of zeroed memory (None to Ready), from the free list if a
/// block there is large enough, else from the break.
///
/// n is rounded up to whole pages. 0 is refused with _ZERO; a size that wraps,
/// or that a 32-bit memory could not count, with _OVERFLOW. Gives NULL and sets
/// _NOMEM or _FOREIGN_BREAK when the break cannot grow; nothing has changed then.
///
/// Source: sysAllocOS of runtime/mem_sbrk.go, Go 1.27.
///
/// # Safety
/// vmaName points to vmaNameLen bytes, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysAllocOS(
    n: usize,
    vma_name: *const c_char,
    vma_name_len: size_t,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let name = unsafe { name(vma_name, vma_name_len) };
    let call = Call { name, ..sized("sysAllocOS", "alloc", n) };
    // SAFETY: the conventions of the header.
    pointer(perform(&call, |layer| unsafe { layer.sys_alloc_os(n, name) }))
}

/// Frees `[v, v+n)`: clears it and takes it back (any state to None). If it ends
/// at the break, the break comes down; else it goes to the free list, merged
/// with its neighbours there. The caller may free a region in parts.
///
/// n is rounded up to whole pages, but decides as given whether the range ends
/// at the break: as in Go, one that is not whole pages goes to the free list. v
/// NULL: nothing happens, whatever n.
///
/// Refused: n of 0 (_ZERO) or wrapping (_OVERFLOW), v not on a page (_UNALIGNED),
/// a range outside of what was handed out (_RANGE), one that is free already, in
/// whole or in part (_DOUBLE_FREE), one that runs over the end of its region, or
/// whose n is neither whole pages nor the rest of the region (_MISMATCH).
/// _NOMEM: a range that sysFaultOS closed could not be opened to be cleared.
///
/// Source: sysFreeOS of runtime/mem_sbrk.go, Go 1.27 (the check for nil is new
/// there).
///
/// # Safety
/// Nobody uses the range any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysFreeOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized("sysFreeOS", "free", n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_free_os(v, n) }));
}

/// Reserves n bytes (None to Reserved). v NULL: anywhere, as sysAllocOS. v equal
/// to gosbrk_bloc(): right there, by moving the break. Any other v: NULL, nothing
/// changes, and no error is set, since Go's runtime just asks elsewhere then.
///
/// n and failure as for sysAllocOS.
///
/// Source: sysReserveOS of runtime/mem_sbrk.go, Go 1.27.
///
/// # Safety
/// vmaName points to vmaNameLen bytes, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysReserveOS(
    v: *mut c_void,
    n: usize,
    vma_name: *const c_char,
    vma_name_len: size_t,
) -> *mut c_void {
    let v = v.addr();
    // SAFETY: the caller's promise.
    let name = unsafe { name(vma_name, vma_name_len) };
    let call = Call { v: Some(v), name, ..sized("sysReserveOS", "reserve", n) };
    // SAFETY: the conventions of the header.
    pointer(perform(&call, |layer| unsafe { layer.sys_reserve_os(v, n, name) }))
}

/// Reserves size bytes at a multiple of align (None to Reserved): from a free
/// block of size+align bytes, trimmed at both ends, or else at the next multiple
/// of align above the break. What is skipped goes to the free list.
///
/// Sets `*reserved` (unless reserved is NULL) to the bytes reserved: size, or 0
/// on failure. Under GOSBRK_PROFILE_WASM_GO121 it is size+align when the first
/// try was aligned by chance, as in those releases.
///
/// Refused, with NULL and 0: size 0 (_ZERO), align not a power of two (_ALIGN),
/// size not whole pages (_UNALIGNED), size+align or the break above it wrapping
/// (_OVERFLOW). Fails as sysAllocOS.
///
/// Source: sysReserveAlignedSbrk of runtime/mem_sbrk.go, Go 1.24 to 1.27.
///
/// # Safety
/// reserved points to a uintptr_t, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysReserveAlignedSbrk(
    size: usize,
    align: usize,
    reserved: *mut usize,
) -> *mut c_void {
    let align_arg = Some(align);
    let call = Call { align: align_arg, ..sized("sysReserveAlignedSbrk", "reserve-aligned", size) };
    // SAFETY: the conventions of the header.
    let outcome = perform(&call, |layer| unsafe { layer.sys_reserve_aligned_sbrk(size, align) });
    let Reserved { addr, size } = outcome.unwrap_or(Reserved { addr: 0, size: 0 });
    // SAFETY: the caller's promise.
    if let Some(reserved) = unsafe { reserved.as_mut() } {
        *reserved = size;
    }
    core::ptr::with_exposed_provenance_mut(addr)
}

/// Announces that `[v, v+n)` is about to be used, under this name (Reserved to
/// Prepared). It does nothing but count the name, unless the advice is
/// GOSBRK_ADVICE_OS: then a range that sysFaultOS closed can be accessed again.
///
/// Refused, under GOSBRK_ADVICE_OS only: v not on a page of 4096 bytes
/// (_UNALIGNED), n wrapping (_OVERFLOW), a range outside of what was handed out
/// (_RANGE). _NOMEM: the kernel refused. n of 0 does nothing. sysMapOS and
/// sysUsedOS have nothing to do, and do not look, before sysFaultOS was called.
///
/// Source: sysMapOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
///
/// # Safety
/// The caller owns the range; vmaName points to vmaNameLen bytes, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysMapOS(
    v: *mut c_void,
    n: usize,
    vma_name: *const c_char,
    vma_name_len: size_t,
) {
    let v = v.addr();
    // SAFETY: the caller's promise.
    let name = unsafe { name(vma_name, vma_name_len) };
    let call = Call { v: Some(v), name, ..sized("sysMapOS", "map", n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_map_os(v, n, name) }));
}

/// Declares the contents of `[v, v+n)` forfeit (Ready to Prepared). Under
/// GOSBRK_ADVICE_OS its pages go back to the kernel and it reads as zero; under
/// GOSBRK_ADVICE_GO nothing happens. No address changes.
///
/// Pages that the kernel does not take back, such as locked ones, are replaced by
/// fresh pages, which are not locked (they are after mlockall with MCL_FUTURE). Where
/// the kernel refuses that too, they are cleared and stay in memory. A part of the
/// range that sysFaultOS closed may be open afterwards.
///
/// Refused as sysMapOS, and under GOSBRK_ADVICE_OS also when n is not a multiple
/// of 4096 (_UNALIGNED).
///
/// Source: sysUnusedOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
///
/// # Safety
/// The caller owns the range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysUnusedOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized("sysUnusedOS", "unused", n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_unused_os(v, n) }));
}

/// Declares `[v, v+n)` needed again (Prepared to Ready). As sysMapOS, without a
/// name.
///
/// Source: sysUsedOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
///
/// # Safety
/// The caller owns the range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysUsedOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized("sysUsedOS", "used", n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_used_os(v, n) }));
}

/// Says that huge pages would do `[v, v+n)` good. No change of state; under
/// GOSBRK_ADVICE_OS the kernel hears of the huge pages that lie inside. Best
/// effort.
///
/// Refused as sysMapOS, but v may be anywhere in a page.
///
/// Source: sysHugePageOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
///
/// # Safety
/// The caller owns the range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysHugePageOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized("sysHugePageOS", "hugepage", n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_huge_page_os(v, n) }));
}

/// Says that huge pages would do `[v, v+n)` no good. No change of state; under
/// GOSBRK_ADVICE_OS the kernel hears of it. Best effort.
///
/// Refused as sysMapOS.
///
/// Source: sysNoHugePageOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
///
/// # Safety
/// The caller owns the range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysNoHugePageOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized("sysNoHugePageOS", "nohugepage", n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_no_huge_page_os(v, n) }));
}

/// Asks that `[v, v+n)` be put on huge pages at once. No change of state; under
/// GOSBRK_ADVICE_OS the kernel is asked. Best effort.
///
/// Refused as sysMapOS.
///
/// Source: sysHugePageCollapseOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
///
/// # Safety
/// The caller owns the range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysHugePageCollapseOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized("sysHugePageCollapseOS", "collapse", n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_huge_page_collapse_os(v, n) }));
}

/// Makes `[v, v+n)` fault when it is accessed (Ready or Prepared to Reserved),
/// under GOSBRK_ADVICE_OS; under GOSBRK_ADVICE_GO nothing happens, as on Go's
/// own sbrk systems. sysMapOS and sysUsedOS open it again; sysFreeOS takes it as
/// it is.
///
/// Locked pages go back too, and are not locked when the range is opened again.
///
/// Refused as sysMapOS. _NOMEM: the kernel refused; then a part of the range may
/// fault, and the contents may be gone. sysMapOS opens it.
///
/// Source: sysFaultOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
///
/// # Safety
/// The caller owns the range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysFaultOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized("sysFaultOS", "fault", n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_fault_os(v, n) }));
}

/// Whether memory must be cleared after sysUnusedOS before it is used again:
/// true under GOSBRK_ADVICE_GO, where its bytes stay; false under
/// GOSBRK_ADVICE_OS, where it comes back as zero. True also when it cannot be
/// told: from a signal handler that came in the middle of a call of its thread,
/// with last error _REENTRANT.
///
/// Source: needZeroAfterSysUnusedOS of runtime/mem_sbrk.go, Go 1.26 and 1.27.
#[unsafe(no_mangle)]
pub extern "C" fn needZeroAfterSysUnusedOS() -> bool {
    look(|process| process.sbrk.need_zero_after_sys_unused_os()).unwrap_or(true)
}

/// Fills in the defaults: the Plan 9 profile, advice as Go, misuse aborts, fast
/// checks, everything else chosen. c NULL: nothing happens. Takes no lock.
///
/// # Safety
/// c points to a gosbrk_config, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_config_init(c: *mut GosbrkConfig) {
    // SAFETY: the caller's promise.
    if let Some(c) = unsafe { c.as_mut() } {
        *c = GosbrkConfig::DEFAULT;
    }
}

/// Sets up the segment: Go's initBloc. Called again, it drops the segment and
/// starts afresh; whoever still uses memory of the old one faults. c NULL: the
/// defaults. Without it, the first call sets up what the environment variable
/// GOSBRK asks for.
///
/// Gives 0; or GOSBRK_E_CONFIG, when c makes no sense (nothing has changed);
/// or GOSBRK_E_NOMEM or _FOREIGN_BREAK, when the segment cannot be had (there is
/// none then; the next call tries as the first call of a program does); or
/// GOSBRK_E_REENTRANT, from a signal handler that came in the middle of a call of
/// its thread (nothing has changed). Never aborts, and sets no last error.
///
/// # Safety
/// c points to a gosbrk_config whose size is set, or is NULL; nobody uses memory
/// of the old segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_init(c: *const GosbrkConfig) -> c_int {
    // SAFETY: the caller's promise.
    let config = match unsafe { c.as_ref() } {
        None => Ok(Config::default()),
        Some(c) => c.config(),
    };
    // SAFETY: the caller's promise.
    match config.and_then(|config| unsafe { process::init(&config) }) {
        Ok(()) => GOSBRK_OK,
        Err(error) => error.code(),
    }
}

/// Address of the segment; sets it up if need be. 0 when it cannot be had, or
/// from a signal handler that came in the middle of a call of its thread, with
/// last error _REENTRANT; it never aborts.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_base() -> usize {
    look(|process| process.sbrk.base()).unwrap_or(0)
}

/// Go's bloc, the runtime's idea of the break: everything from base+start up to
/// it is handed out or on the free list. 0 as for gosbrk_base.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_bloc() -> usize {
    look(|process| process.sbrk.bloc()).unwrap_or(0)
}

/// Go's blocMax, the system's break: the end of the segment. It never comes down,
/// and under the profile WASM_GO121 stays where it began. 0 as for gosbrk_base.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_blocMax() -> usize {
    look(|process| process.sbrk.bloc_max()).unwrap_or(0)
}

/// Writes the first cap free blocks to out, ascending by address, and gives how
/// many there are in all: Go's memFreelist, walked. 0 as for gosbrk_base.
///
/// # Safety
/// out points to room for cap blocks, or cap is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_freelist(out: *mut GosbrkBlock, cap: size_t) -> size_t {
    let write = |process: &Process| {
        let mut n = 0;
        for Block { addr, size } in process.sbrk.mem_freelist() {
            if n < cap {
                // SAFETY: there is room for cap blocks, by the caller's promise.
                let to = unsafe { out.add(n) };
                // SAFETY: as above.
                unsafe { to.write(GosbrkBlock { addr, size }) };
            }
            n += 1;
        }
        n
    };
    look(write).unwrap_or(0)
}

/// Go's memCheck over everything: the order, sizes and links of the free list,
/// every byte of every free block, and the memory between the break and the end
/// of the segment. Reads all of it, so it is slow.
///
/// Gives 0, GOSBRK_E_CORRUPT (a header was overwritten) or GOSBRK_E_DIRTY (a
/// byte that should be zero is not); or GOSBRK_E_NOMEM or _REENTRANT, when it
/// could not look, as for gosbrk_base. Never aborts, and sets no last error.
///
/// Source: memCheck of runtime/mem_sbrk.go, which skips the last block.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_check() -> c_int {
    let checked = process::lock().and_then(|process| {
        // SAFETY: the conventions of the header.
        unsafe { process.sbrk.mem_check() }.map_err(Fault::error)
    });
    checked.map_or_else(Error::code, |()| GOSBRK_OK)
}

/// Fills in the counters, as far as out->size reaches. Reads what is resident from
/// /proc/self/smaps, which can take a millisecond. out NULL: nothing happens. All 0
/// but the size when it could not look, as for gosbrk_base.
///
/// # Safety
/// out points to out->size bytes (0: sizeof(gosbrk_stats)), or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_get_stats(out: *mut GosbrkStats) {
    if out.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    let fill = |stats, names: &[NameStats]| unsafe { fill(out, &stats, names) };
    if look(|process| fill(process.stats(), process.sbrk.by_name())).is_err() {
        fill(Stats::default(), &[]);
    }
}

/// Writes counters as far as the size that stands in the first field reaches.
///
/// # Safety
/// As [`gosbrk_get_stats`], but not NULL.
unsafe fn fill(out: *mut GosbrkStats, stats: &Stats, names: &[NameStats]) {
    let head = [
        stats.in_use as u64,
        stats.free as u64,
        stats.free_blocks as u64,
        stats.high_water as u64,
        stats.resident as u64,
        stats.metadata as u64,
        stats.growths,
        stats.refusals,
        names.len() as u64,
    ];
    // SAFETY: the first field is the size in every release, by the convention.
    let asked = unsafe { out.cast::<usize>().read() };
    let room = if asked == 0 { size_of::<GosbrkStats>() } else { asked };
    let mut writer = Writer { to: out.cast(), used: 0, room: room.min(size_of::<GosbrkStats>()) };
    let size = writer.room;
    writer.put(&(size as u64).to_ne_bytes());
    for field in head {
        writer.put(&field.to_ne_bytes());
    }
    for row in names.iter().chain(core::iter::repeat(&NameStats::EMPTY)).take(GOSBRK_NAMES_MAX) {
        writer.put(&row.name());
        writer.put(&row.calls.to_ne_bytes());
        writer.put(&row.bytes.to_ne_bytes());
    }
}

/// Gives the calling thread's last error since it last asked, and clears it; 0 if
/// there was none. Takes no lock.
///
/// Threads are told apart by the kernel's number. With more than 64 of them that
/// failed and never asked, an error may be lost; and a thread that ends without
/// asking may leave its error to a later one that is given its number.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_last_error() -> c_int {
    last_error()
}

/// What an error code means, in static words. Takes no lock.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_error_text(code: c_int) -> *const c_char {
    match (code, Error::from_code(code)) {
        (GOSBRK_OK, _) => c"no error",
        (_, Some(error)) => error.text(),
        (_, None) => c"not an error code of gosbrk",
    }
    .as_ptr()
}

/// The release of the library: GOSBRK_VERSION of the header it was built with.
/// Takes no lock.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

impl GosbrkConfig {
    const DEFAULT: Self = Self {
        size: size_of::<Self>(),
        profile: GOSBRK_PROFILE_PLAN9,
        advice: GOSBRK_ADVICE_GO,
        misuse: GOSBRK_MISUSE_ABORT,
        check: GOSBRK_CHECK_FAST,
        base: 0,
        start: 0,
        initial: 0,
        limit: 0,
    };

    /// What it says in the library's own types. A size that is not this
    /// release's is refused: there has been no other yet.
    fn config(&self) -> Result<Config, Error> {
        if self.size != size_of::<Self>() {
            return Err(Error::Config);
        }
        Ok(Config {
            profile: Profile::from_number(self.profile).ok_or(Error::Config)?,
            advice: choose(self.advice, [Advice::Go, Advice::Os])?,
            misuse: choose(self.misuse, [Misuse::Abort, Misuse::Report])?,
            check: choose(self.check, [Check::Fast, Check::Full])?,
            base: self.base,
            start: self.start,
            initial: self.initial,
            limit: self.limit,
            ..Config::default()
        })
    }
}

fn choose<T>(number: u32, [zero, one]: [T; 2]) -> Result<T, Error> {
    match number {
        0 => Ok(zero),
        1 => Ok(one),
        _ => Err(Error::Config),
    }
}

/// Fills a caller's struct from its start, as far as its size reaches.
struct Writer {
    to: *mut u8,
    used: usize,
    room: usize,
}

impl Writer {
    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.used < self.room {
                // SAFETY: the caller of gosbrk_get_stats has `room` bytes there.
                let to = unsafe { self.to.add(self.used) };
                // SAFETY: as above.
                unsafe { to.write(byte) };
                self.used += 1;
            }
        }
    }
}

/// A Go string as C passes it: NULL is the empty one.
///
/// # Safety
/// `p` points to `n` bytes that outlive the call, or is NULL.
unsafe fn name<'a>(p: *const c_char, n: usize) -> &'a [u8] {
    if p.is_null() || n > isize::MAX as usize {
        return b"";
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(p.cast(), n) }
}

const fn sized(function: &'static str, word: &'static str, n: usize) -> Call<'static> {
    Call { function, word, v: None, n, align: None, name: b"" }
}

/// An address, or NULL for a failure, which was dealt with.
fn pointer(outcome: Result<usize, Error>) -> *mut c_void {
    core::ptr::with_exposed_provenance_mut(outcome.unwrap_or(0))
}

/// Nothing to give back; a failure was dealt with.
fn done(_: Result<(), Error>) {}
