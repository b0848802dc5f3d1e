//! Memory: allocated, freed, reserved.

use super::{done, name, pointer, sized};
use crate::call_format::{Call, Function};
use crate::process::perform;
use crate::runtime::Reserved;
use core::ffi::{c_char, c_void};
use libc::size_t;

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
    let call = Call { name, ..sized(Function::Alloc, n) };
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
    let call = Call { v: Some(v), ..sized(Function::Free, n) };
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
    let call = Call { v: Some(v), name, ..sized(Function::Reserve, n) };
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
    let call = Call { align: align_arg, ..sized(Function::ReserveAligned, size) };
    // SAFETY: the conventions of the header.
    let outcome = perform(&call, |layer| unsafe { layer.sys_reserve_aligned_sbrk(size, align) });
    let Reserved { addr, size } = outcome.unwrap_or(Reserved { addr: 0, size: 0 });
    // SAFETY: the caller's promise.
    if let Some(reserved) = unsafe { reserved.as_mut() } {
        *reserved = size;
    }
    core::ptr::with_exposed_provenance_mut(addr)
}
