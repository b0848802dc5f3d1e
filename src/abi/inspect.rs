//! Inspection: where the segment is, and what in it is free.

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
    /// Its bytes.
    pub size: usize,
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
