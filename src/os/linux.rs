//! Linux: what is asked of it, and how.
#![allow(clippy::cast_sign_loss, reason = "registers carry the kernel's ints as their bits")]

pub(crate) mod arch;
#[cfg(any(feature = "flat", test))]
#[cfg_attr(not(feature = "flat"), allow(dead_code, reason = "the other object reads it"))]
pub mod cgroup;
mod clear;
pub mod clock;
pub mod disk;
mod file;
mod futex;
mod memory;
pub(crate) mod order;
pub(crate) mod page;
pub(crate) mod pages;
pub(crate) mod proc;
mod process;
mod syscall;
#[cfg(any(feature = "flat", test))]
pub mod whole;

use super::{Hint, Os};
use crate::addr::align_up;
use crate::error::Error;

pub use file::{File, say};
pub use futex::{futex_wait, futex_wake, sleep};
use memory::READ_WRITE;
pub use memory::{map_anywhere, map_wiped_on_fork, munmap, unmap_wiped_on_fork, wipe_on_fork};
pub use process::{
    abort, auxv, can_read_thread_pointer, exit, is_main_thread, parent_id, process_id, thread_id,
};

/// Where a segment goes by choice: 256 GiB, then further ones 1 TiB apart. They
/// stand half a TiB below the addresses that Go before 1.26 tries for its heap (later
/// on it begins anywhere), outside what the kernel picks for itself, and inside what
/// the thread and memory sanitizers leave to programs.
pub const FIRST_CHOICE: usize = 0x40 << 32;
const CHOICE_STRIDE: usize = 1 << 40;
const CHOICES: usize = 16;

/// Alignment of a segment: at least 4 GiB, so that rounding an absolute address
/// gives the offset that Go gets with its memory at 0; 64 MiB where address
/// space is short.
const BASE_ALIGN: usize = 4 << 30;
const BASE_ALIGN_SHORT: usize = 64 << 20;

/// The kernel this program runs on. It holds no state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linux;

impl Os for Linux {
    #[inline]
    fn page_shift(&self) -> u32 {
        page::shift()
    }

    /// Its part of the stack is free again when the trace begins, which comes next.
    #[inline(never)]
    fn place(&mut self, at: usize, n: usize, align: usize) -> Result<usize, Error> {
        if at != 0 {
            return self.map(at, n).map(|()| at);
        }
        let choices = (0..CHOICES).map(|i| Some(FIRST_CHOICE + i * CHOICE_STRIDE));
        let aligns = [BASE_ALIGN, BASE_ALIGN_SHORT, align];
        for base in choices.chain(aligns.map(aligned_gap)).flatten() {
            if self.map(base, n).is_ok() {
                return Ok(base);
            }
        }
        Err(Error::NoMem)
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        memory::map(at, n, READ_WRITE).map_err(error_of)
    }

    unsafe fn unmap(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        let _ = unsafe { munmap(at, n) };
    }

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        // SAFETY: the caller's promise.
        unsafe { memory::resize(at, old, new, page::shift()) }.map_err(|_| Error::NoMem)
    }

    fn is_mapped(&self, at: usize) -> Option<bool> {
        memory::is_mapped(at)
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        let refused = |_| Error::NoMem;
        match hint {
            // SAFETY: the contents are forfeit, by the caller's promise.
            Hint::Release => unsafe { memory::release(at, n) }.map_err(refused),
            // Not replaced by fresh pages: a part may be open, and in use.
            // SAFETY: the range is the segment's, by the caller's promise.
            Hint::Access => unsafe { memory::protect(at, n, READ_WRITE) }.map_err(refused),
            // SAFETY: as above, and the contents are forfeit.
            Hint::Fault => unsafe { memory::fault(at, n) }.map_err(refused),
            Hint::HugePage | Hint::NoHugePage | Hint::Collapse => {
                // SAFETY: the range is the segment's, by the caller's promise.
                unsafe { memory::huge_pages(hint, at, n) };
                Ok(())
            }
        }
    }

    unsafe fn clear(&mut self, at: usize, n: usize, warm: bool) {
        // SAFETY: the caller's promise.
        unsafe { clear::clear(at, n, warm) };
    }

    fn resident(&self, at: usize, n: usize) -> usize {
        proc::resident(at, n).unwrap_or(0)
    }
}

/// An aligned address where the kernel finds a gap for twice as much.
fn aligned_gap(align: usize) -> Option<usize> {
    let n = 2 * align;
    let at = memory::map_anywhere(n, libc::PROT_NONE).ok()?;
    // SAFETY: mapped just now, and nobody has seen it.
    let _ = unsafe { munmap(at, n) };
    align_up(at, align)
}

/// What it means that the kernel did not make a mapping.
fn error_of(errno: i32) -> Error {
    if errno == libc::EEXIST { Error::ForeignBreak } else { Error::NoMem }
}
