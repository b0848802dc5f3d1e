//! Address space for allocators that are given theirs by the program.

use crate::side::fail;
use std::ptr::{NonNull, null_mut};

/// More than any plan takes, rounded up to powers of two as a buddy allocator does.
pub const BYTES: usize = 4 << 40;

/// As much as [`BYTES`] of it, all zero. It takes physical memory only where it is
/// touched.
pub fn map() -> NonNull<u8> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a fresh mapping, at an address of the kernel's choosing.
    let p =
        unsafe { libc::mmap(null_mut(), BYTES, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    match NonNull::new(p.cast::<u8>()) {
        Some(p) if p.as_ptr() != libc::MAP_FAILED.cast() => p,
        _ => fail("no address space: is `ulimit -v` set?"),
    }
}

/// Gives an arena's physical memory back: it is all zero again.
pub fn empty(arena: NonNull<u8>) {
    // SAFETY: nobody uses what is in it.
    if unsafe { libc::madvise(arena.as_ptr().cast(), BYTES, libc::MADV_DONTNEED) } != 0 {
        fail("an arena cannot be emptied");
    }
}

/// Clears what an allocator gave that does not know whether it is zero.
pub fn clear(p: NonNull<u8>, n: usize) -> NonNull<u8> {
    // SAFETY: `n` bytes were given at `p` just now.
    unsafe { p.write_bytes(0, n) };
    p
}
