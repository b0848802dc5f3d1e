//! Memory: allocated, freed, reserved.

use super::{done, name, pointer, sized};
use crate::call_format::{Call, Function};
use crate::process::perform;
use crate::runtime::Reserved;
use core::ffi::{c_char, c_void};
use libc::size_t;

/// Allocates n bytes of zeroed memory (None to Ready). It comes from the free list
/// if a block there is large enough, otherwise from the break. n is rounded up to
/// whole pages.
///
/// Returns NULL, having changed nothing, with one of these errors:
/// - _ZERO: n is 0.
/// - _OVERFLOW: the size wraps, or has more pages than a 32-bit memory can count.
/// - _NOMEM, _FOREIGN_BREAK: the break cannot grow.
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

/// Frees `[v, v+n)`: clears it and takes it back (any state to None). If the range
/// ends at the break, the break moves down. Otherwise the range goes to the free
/// list and is merged with its neighbours there. If v is NULL, nothing happens,
/// whatever n is.
///
/// The caller may free a region in parts, so a smaller n in whole pages frees that
/// part alone: the library cannot know that more was meant. n is rounded up to whole
/// pages, but the unrounded n decides whether the range ends at the break. So with a
/// size that is not whole pages the range goes to the free list even there, as in Go.
///
/// From 4 MiB on the kernel gets the memory back. A smaller range is cleared and
/// stays in memory; sysUnusedOS before it gives that back too, under
/// GOSBRK_ADVICE_OS.
///
/// Does nothing, with one of these errors:
/// - _ZERO: n is 0.
/// - _OVERFLOW: n wraps when it is rounded up.
/// - _UNALIGNED: v is not the start of a page.
/// - _RANGE: the range is not inside memory that was handed out.
/// - _DOUBLE_FREE: all or a part of the range is free already.
/// - _MISMATCH: the range runs over the end of its region, or n is neither whole
///   pages nor the rest of the region.
/// - _NOMEM: sysFaultOS closed the range, and it could not be opened to be cleared.
///
/// Source: sysFreeOS of runtime/mem_sbrk.go, Go 1.27, the first release that
/// checks for nil.
///
/// # Safety
/// No one uses the range any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sysFreeOS(v: *mut c_void, n: usize) {
    let v = v.addr();
    let call = Call { v: Some(v), ..sized(Function::Free, n) };
    // SAFETY: the caller's promise.
    done(perform(&call, |layer| unsafe { layer.sys_free_os(v, n) }));
}

/// Reserves n bytes (None to Reserved). v says where:
/// - NULL: anywhere, as in sysAllocOS.
/// - gosbrk_bloc(): there, by moving the break up.
/// - Any other address: returns NULL and changes nothing. No error is set, because
///   Go's runtime expects this answer and asks for another place.
///
/// n is rounded, and errors are reported, as in sysAllocOS.
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

/// Reserves size bytes at a multiple of align (None to Reserved). If the free list
/// has a block of size+align bytes, it is trimmed at both ends. Otherwise the
/// memory starts at the next multiple of align above the break. What is skipped
/// goes to the free list.
///
/// Sets `*reserved`, unless reserved is NULL, to the number of bytes reserved: size,
/// or 0 on failure. Under GOSBRK_PROFILE_WASM_GO121 it is size+align if the first
/// try happened to be aligned, as in those releases of Go.
///
/// Returns NULL, with one of these errors:
/// - _ZERO: size is 0.
/// - _ALIGN: align is not a power of two.
/// - _UNALIGNED: size is not whole pages.
/// - _OVERFLOW: size+align or the new break wraps, or as in sysAllocOS.
/// - _NOMEM, _FOREIGN_BREAK: the break cannot grow.
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
