//! Hints: what is about to be used, what is not needed for now, where huge pages would
//! do good.

use super::{done, name, sized};
use crate::call_format::{Call, Function};
use crate::process::{look, perform};
use core::ffi::{c_char, c_void};
use libc::size_t;

/// Announces that `[v, v+n)` is about to be used, under this name (Reserved to
/// Prepared). It does nothing but count the name, unless the advice is
/// GOSBRK_ADVICE_OS: then a range that sysFaultOS closed can be accessed again.
///
/// Refused, under GOSBRK_ADVICE_OS only: v not on a page of the kernel's
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
    let call = Call { v: Some(v), name, ..sized(Function::Map, n) };
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
/// of the kernel's page, which has 4096 bytes at least (_UNALIGNED).
///
/// Source: sysUnusedOS of runtime/mem_sbrk.go and mem_linux.go, Go 1.27.
///
/// # Safety
/// The caller owns the range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysUnusedOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized(Function::Unused, n) };
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
    let call = Call { v: Some(v), ..sized(Function::Used, n) };
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
    let call = Call { v: Some(v), ..sized(Function::HugePage, n) };
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
    let call = Call { v: Some(v), ..sized(Function::NoHugePage, n) };
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
    let call = Call { v: Some(v), ..sized(Function::Collapse, n) };
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
    let call = Call { v: Some(v), ..sized(Function::Fault, n) };
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
