//! dlmalloc: bins of free chunks, a tag at the end of each.

use crate::side::Side;
use dlmalloc::Dlmalloc;
use std::ptr::NonNull;

/// A heap of its own, which maps what it needs.
pub struct Dl(Dlmalloc);

impl Dl {
    pub const fn new() -> Self {
        Self(Dlmalloc::new())
    }
}

impl Side for Dl {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        // SAFETY: a power of two, and a size that is not 0.
        NonNull::new(unsafe { self.0.calloc(n, align) })
    }

    fn fill(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        // SAFETY: as above.
        NonNull::new(unsafe { self.0.malloc(n, align) })
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, align: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.0.free(p.as_ptr(), n, align) };
    }

    fn empty(&mut self) {
        let old = std::mem::replace(&mut self.0, Dlmalloc::new());
        // SAFETY: nobody has any of its memory.
        unsafe { old.destroy() };
    }
}
