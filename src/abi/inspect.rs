//! Inspection: where the segment is, and which parts of it are free.

use super::GOSBRK_OK;
use crate::error::Error;
use crate::freelist::{Block, Fault};
use crate::process::{self, Process, look};
use core::ffi::c_int;
use libc::size_t;

/// A free block.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct GosbrkBlock {
    /// Address of its first byte.
    pub addr: usize,
    /// Its size in bytes.
    pub size: usize,
}

/// Address of the segment, which is set up if there is none.
///
/// Returns 0 and sets the last error if the segment cannot be set up, or, with
/// _REENTRANT, in a signal handler that interrupted a call of its own thread. Never
/// aborts.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_base() -> usize {
    look(|process| process.sbrk.base()).unwrap_or(0)
}

/// Go's bloc, the break as the runtime sees it. Everything between base+start and
/// bloc is handed out or on the free list. Returns 0 when gosbrk_base does.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_bloc() -> usize {
    look(|process| process.sbrk.bloc()).unwrap_or(0)
}

/// Go's blocMax, the break as the system sees it, which is the end of the segment.
/// It never moves down. Under GOSBRK_PROFILE_WASM_GO121 it never moves. Returns 0
/// when gosbrk_base does.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_blocMax() -> usize {
    look(|process| process.sbrk.bloc_max()).unwrap_or(0)
}

/// Writes the first cap blocks of Go's memFreelist to out, ascending by address.
/// Returns the number of all free blocks. If out is NULL, nothing is written,
/// whatever cap is. Returns 0 when gosbrk_base does.
///
/// # Safety
/// out points to an array of cap blocks, or cap is 0, or out is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_freelist(out: *mut GosbrkBlock, cap: size_t) -> size_t {
    let cap = if out.is_null() { 0 } else { cap };
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

/// Does what Go's memCheck does, for everything: the order, sizes and links of the
/// free list, every byte of every free block, and the memory between the break and
/// the end of the segment. It reads all of that, so it is slow.
///
/// Never aborts and sets no last error. Returns one of:
/// - 0: no fault found.
/// - GOSBRK_E_CORRUPT: a header was overwritten.
/// - GOSBRK_E_DIRTY: a byte that should be zero is not.
/// - GOSBRK_E_NOMEM or GOSBRK_E_REENTRANT: it could not check, for the reasons
///   for which gosbrk_base returns 0.
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
