//! mimalloc: a heap for each thread, in front of pages of one size each.

use crate::side::Side;
use libmimalloc_sys::{mi_collect, mi_free, mi_malloc_aligned, mi_zalloc_aligned};
use std::ptr::NonNull;

/// The allocator of the process.
#[derive(Clone, Copy)]
pub struct Mimalloc;

impl Side for Mimalloc {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        // SAFETY: a C function without conditions.
        NonNull::new(unsafe { mi_zalloc_aligned(n, align) }.cast())
    }

    fn fill(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        // SAFETY: as above.
        NonNull::new(unsafe { mi_malloc_aligned(n, align) }.cast())
    }

    unsafe fn free(&mut self, p: NonNull<u8>, _: usize, _: usize) {
        // SAFETY: the caller's promise.
        unsafe { mi_free(p.as_ptr().cast()) };
    }

    fn empty(&mut self) {
        // SAFETY: a C function without conditions.
        unsafe { mi_collect(true) };
    }
}
