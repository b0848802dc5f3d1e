//! Clearing a range that was freed, with the least work, and so that hardly a page gets
//! into memory for it.
//!
//! Clearing a page takes less than giving it back and having it again. But a page
//! that was never touched costs a page fault to be cleared (RATIONALE.md has figures). So
//! a few pages are cleared; of more, the stretches whose first bytes show that somebody
//! wrote there; and a range so large that it should not stay with a caller who has no use
//! for it is given back whole. The kernel could say which pages are in memory
//! (`mincore`), but a filter that was written for Go programs may kill one that asks.

#[cfg(not(feature = "flat"))]
use super::arch::wide;
use super::memory::release;
#[cfg(not(feature = "flat"))]
use super::page::LEAST;
use super::page::MOST;
use crate::addr;

/// Up to so many bytes are cleared with the widest stores there are, be they in the
/// caches or not; from there to [`INSPECT_FROM`], if they are likely to be.
#[cfg(not(feature = "flat"))]
const WIDE_LIMIT: usize = 2 * LEAST;

/// From this many bytes on a range is looked at before it is cleared.
const INSPECT_FROM: usize = 128 << 10;

/// It is looked at, and cleared or given back, in stretches of so many bytes.
const STRETCH: usize = 64 << 10;
const _: () = assert!(STRETCH % MOST == 0, "a stretch can be given back");

/// Bytes at the start of a stretch that are looked at.
const PREFIX: usize = 64;

/// From this many bytes on a range is given back.
const RELEASE_FROM: usize = 4 << 20;

/// Makes `[at, at+n)`, whole pages, read as zero.
///
/// # Safety
/// The range is mapped, can be written, and its contents are forfeit.
#[inline]
pub unsafe fn clear(at: usize, n: usize, warm: bool) {
    #[cfg(feature = "flat")]
    let _ = warm;
    #[cfg(not(feature = "flat"))]
    if (n <= WIDE_LIMIT || warm && n < INSPECT_FROM) && wide::is_there() {
        // SAFETY: the caller's promise.
        return unsafe { wide::clear(at, n) };
    }
    if n < INSPECT_FROM {
        // SAFETY: the caller's promise.
        unsafe { addr::clear(at, n) };
    } else if n < RELEASE_FROM {
        // SAFETY: the caller's promise.
        unsafe { clear_stretches(at, n) };
    } else {
        // SAFETY: the caller's promise.
        unsafe { release_or_clear(at, n) };
    }
}

/// Clears the stretches that begin with bytes that are not zero, and gives back the
/// others, be there something in them or not.
///
/// # Safety
/// As [`clear`].
unsafe fn clear_stretches(at: usize, n: usize) {
    let mut stretches = (at..at + n).step_by(STRETCH).map(|from| {
        // SAFETY: the caller's promise.
        (from, unsafe { addr::first_dirty_word(from, PREFIX) }.is_some())
    });
    let mut next = stretches.next();
    while let Some((from, dirty)) = next {
        next = stretches.find(|&(_, other)| other != dirty);
        let bytes = next.map_or(at + n, |(to, _)| to) - from;
        if dirty {
            // SAFETY: a part of the range.
            unsafe { addr::clear(from, bytes) };
        } else {
            // SAFETY: as above.
            unsafe { release_or_clear(from, bytes) };
        }
    }
}

/// Gives a range back, or clears it where the kernel neither takes it nor puts fresh
/// pages in its place.
///
/// # Safety
/// As [`clear`].
unsafe fn release_or_clear(at: usize, n: usize) {
    // SAFETY: the caller's promise.
    if unsafe { release(at, n) }.is_err() {
        // SAFETY: as above.
        unsafe { addr::clear(at, n) };
    }
}
