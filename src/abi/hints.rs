//! Hints about memory that the caller keeps: soon used, not needed for now, better on
//! huge pages.

use super::{done, name, sized};
use crate::call_format::{Call, Function};
use crate::process::{look, perform};
use core::ffi::{c_char, c_void};
use libc::size_t;

/// Announces that `[v, v+n)` is about to be used under this name (Reserved to
/// Prepared). The name is counted. Under GOSBRK_ADVICE_OS, a range that sysFaultOS
/// closed can be accessed again. If n is 0, nothing else happens.
///
/// Errors, under GOSBRK_ADVICE_OS only:
/// - _UNALIGNED: v is not a multiple of the kernel's page, which has 4096 bytes or more.
/// - _OVERFLOW: n wraps when it is rounded up.
/// - _RANGE: the range is not inside memory that was handed out.
/// - _NOMEM: the kernel refused.
///
/// Until sysFaultOS has been called, sysMapOS and sysUsedOS have nothing to open and
/// do not check the range.
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

/// Says that the contents of `[v, v+n)` are not needed any more (Ready to Prepared).
/// Under GOSBRK_ADVICE_OS its pages go back to the kernel, and the range then reads
/// as zero. Under GOSBRK_ADVICE_GO nothing happens. No address changes.
///
/// Pages that the kernel does not take back, such as locked ones, are replaced by fresh
/// pages. Those are locked only after mlockall with MCL_FUTURE. If the kernel refuses
/// that too, the pages are cleared and stay in memory. Parts of the range that
/// sysFaultOS closed may be open afterwards.
///
/// Errors: as sysMapOS. Under GOSBRK_ADVICE_OS also _UNALIGNED if n is not a multiple
/// of the kernel's page, which has 4096 bytes or more.
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

/// Says that `[v, v+n)` is needed again (Prepared to Ready). Like sysMapOS, without
/// a name.
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

/// Recommends huge pages for `[v, v+n)`. The state does not change. Under
/// GOSBRK_ADVICE_OS the kernel is told about the huge pages that lie inside the
/// range. Best effort.
///
/// Errors: as sysMapOS, but v need not be aligned.
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

/// Recommends against huge pages for `[v, v+n)`. The state does not change. Under
/// GOSBRK_ADVICE_OS the kernel is told. Best effort.
///
/// Errors: as sysMapOS.
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

/// Asks for `[v, v+n)` to be moved to huge pages now. The state does not change.
/// Under GOSBRK_ADVICE_OS the kernel is asked. Best effort.
///
/// Errors: as sysMapOS.
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

/// Closes `[v, v+n)`: every access to it faults (Ready or Prepared to Reserved).
/// Under GOSBRK_ADVICE_GO nothing happens, as on the systems where Go uses sbrk.
/// sysMapOS and sysUsedOS open the range again. sysFreeOS accepts it closed.
///
/// Its pages go back to the kernel, locked ones too. After the range is opened again
/// they are not locked.
///
/// Errors: as sysMapOS. After _NOMEM a part of the range may fault, and the contents
/// may be gone. sysMapOS opens it.
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

/// Whether memory must be cleared after sysUnusedOS before it is used again.
/// - true under GOSBRK_ADVICE_GO, where the contents stay.
/// - false under GOSBRK_ADVICE_OS, where the memory comes back as zero.
/// - true when it cannot be told, as in a signal handler that interrupted a call of
///   its own thread. The last error is set as by gosbrk_base.
///
/// Source: needZeroAfterSysUnusedOS of runtime/mem_sbrk.go, Go 1.26 and 1.27.
#[unsafe(no_mangle)]
pub extern "C" fn needZeroAfterSysUnusedOS() -> bool {
    look(|process| process.sbrk.need_zero_after_sys_unused_os()).unwrap_or(true)
}
