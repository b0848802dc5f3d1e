//! Clearing a range that was freed, with the least work, and so that no page gets
//! into memory for it.
//!
//! Clearing a page takes less than giving it back and having it again. But a page
//! that was never touched costs a page fault to be cleared, and a word with the
//! kernel takes as long as clearing some pages does (RATIONALE.md has figures). So a
//! few pages are cleared; of more, those that the kernel has in memory; and a range so
//! large that it should not stay with a caller who has no use for it is given back
//! whole.
//!
//! A page that was read but never written to counts as being in memory, and memory
//! that is locked as it is touched is not taken back: these are cleared.

#[cfg(not(feature = "flat"))]
mod wide;

use super::{BATCH, PAGE, batches, in_core, release};
use crate::addr;

/// Up to so many bytes are cleared with the widest stores there are, be they in the
/// caches or not; from there to [`ASK`], if they are likely to be.
#[cfg(not(feature = "flat"))]
const FEW: usize = 2 * PAGE;

/// From this many bytes on it takes less time to ask which pages are in memory than
/// to clear them if they are in the cache.
const ASK: usize = 128 << 10;

/// From this many bytes on a range is given back.
const GIVE_BACK: usize = 4 << 20;

/// Makes `[at, at+n)`, whole pages, read as zero.
///
/// # Safety
/// The range is mapped, can be written, and its contents are forfeit.
#[inline]
pub unsafe fn clear(at: usize, n: usize, warm: bool) {
    #[cfg(feature = "flat")]
    let _ = warm;
    #[cfg(not(feature = "flat"))]
    if (n <= FEW || warm && n < ASK) && wide::is_there() {
        // SAFETY: the caller's promise.
        return unsafe { wide::clear(at, n) };
    }
    if n < ASK {
        // SAFETY: the caller's promise.
        unsafe { addr::clear(at, n) };
    } else if n < GIVE_BACK {
        for (from, bytes) in batches(at, n) {
            // SAFETY: a part of the range.
            unsafe { clear_batch(from, bytes) };
        }
    } else {
        // SAFETY: the caller's promise.
        unsafe { give_back(at, n) };
    }
}

/// Clears the pages of a batch that are in memory. The others are given back
/// nevertheless: they may have been swapped out.
///
/// # Safety
/// As [`clear`]; at most [`BATCH`] pages.
#[inline(never)] // The buffer is gone from the stack before the free goes on.
unsafe fn clear_batch(at: usize, n: usize) {
    let mut room = [0; BATCH];
    let Ok(pages) = in_core(at, n, &mut room) else {
        // SAFETY: the caller's promise.
        unsafe { addr::clear(at, n) };
        return;
    };
    let mut pages = pages.iter().map(|page| page & 1).enumerate().peekable();
    while let Some((first, kind)) = pages.next() {
        let mut last = first;
        while let Some((page, _)) = pages.next_if(|&(_, next)| next == kind) {
            last = page;
        }
        let (from, bytes) = (at + first * PAGE, (last + 1 - first) * PAGE);
        if kind == 1 {
            // SAFETY: the caller's promise.
            unsafe { addr::clear(from, bytes) };
        } else {
            // SAFETY: as above.
            unsafe { give_back(from, bytes) };
        }
    }
}

/// Gives a range back, or clears it where the kernel does not take it, as it does
/// not take what is locked.
///
/// # Safety
/// As [`clear`].
unsafe fn give_back(at: usize, n: usize) {
    // SAFETY: the caller's promise.
    if unsafe { release(at, n) }.is_err() {
        // SAFETY: as above.
        unsafe { addr::clear(at, n) };
    }
}
