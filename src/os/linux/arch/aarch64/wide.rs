//! Clearing with stores of 16 bytes (NEON), which every processor of this kind has.

use super::fill;

/// Whether there are such stores: always.
#[inline]
pub const fn is_there() -> bool {
    true
}

/// Clears `[at, at+n)`.
///
/// # Safety
/// The range is writable memory that the caller has exclusive use of.
pub unsafe fn clear(at: usize, n: usize) {
    // SAFETY: the caller's promise.
    unsafe { fill(crate::addr::pointer(at), 0, n) };
}
