//! Pointer arithmetic: alignment, pointers made from addresses, and what is done to whole
//! ranges.
//!
//! Addresses travel as `usize`, Go's `uintptr`. The segment comes from the
//! kernel, not from a Rust allocation, so its pointers are made from exposed
//! addresses: whoever maps a segment has its provenance exposed (the kernel by
//! nature; a test's buffer by `expose_provenance`).

use core::ptr::with_exposed_provenance_mut;

/// Rounds up to a multiple of `align`, a power of two; `None` when that wraps.
#[must_use]
pub const fn align_up(n: usize, align: usize) -> Option<usize> {
    match n.checked_add(align - 1) {
        Some(sum) => Some(sum & !(align - 1)),
        None => None,
    }
}

/// Rounds down to a multiple of `align`, a power of two.
#[must_use]
pub const fn align_down(n: usize, align: usize) -> usize {
    n & !(align - 1)
}

/// Whether `n` is a multiple of `align`, a power of two.
#[must_use]
pub const fn is_aligned(n: usize, align: usize) -> bool {
    n & (align - 1) == 0
}

/// A pointer to what is at an address.
#[must_use]
pub fn pointer<T>(at: usize) -> *mut T {
    with_exposed_provenance_mut(at)
}

/// Clears `[at, at+n)`: Go's `memclrNoHeapPointers`.
///
/// # Safety
/// The range is writable memory of a segment that the caller has exclusive use
/// of.
pub unsafe fn clear(at: usize, n: usize) {
    // SAFETY: the caller's promise.
    unsafe { pointer::<u8>(at).write_bytes(0, n) }
}

/// Copies `n` bytes.
///
/// # Safety
/// Both ranges are memory that the caller has exclusive use of, and they do not
/// overlap.
pub unsafe fn copy(from: usize, to: usize, n: usize) {
    // SAFETY: the caller's promise.
    unsafe { pointer::<u8>(from).copy_to_nonoverlapping(pointer(to), n) }
}

/// Address of the first word in `[at, at+n)` that is not zero.
///
/// # Safety
/// `at` and `n` are multiples of 8, and the range is readable memory that the
/// caller has exclusive use of.
#[must_use]
pub unsafe fn first_dirty_word(at: usize, n: usize) -> Option<usize> {
    (at..at + n).step_by(8).find(|&word| {
        // SAFETY: the word is inside the range, by the caller's promise readable.
        unsafe { pointer::<u64>(word).read() != 0 }
    })
}

#[cfg(test)]
mod tests {
    use super::{align_down, align_up, is_aligned};

    #[test]
    fn align_up_rounds_and_never_wraps() {
        assert_eq!(align_up(0, 4096), Some(0));
        assert_eq!(align_up(1, 4096), Some(4096));
        assert_eq!(align_up(4096, 4096), Some(4096));
        assert_eq!(align_up(usize::MAX - 4095, 4096), Some(usize::MAX - 4095));
        assert_eq!(align_up(usize::MAX - 4094, 4096), None);
        assert_eq!(align_up(7, 1), Some(7));
    }

    #[test]
    fn align_down_and_is_aligned_agree() {
        assert_eq!(align_down(8191, 4096), 4096);
        assert!(is_aligned(8192, 4096) && !is_aligned(8191, 4096));
    }
}
