//! talc: bins of free chunks, found by a bit for each.

use super::arena;
use crate::side::Side;
use std::alloc::Layout;
use std::ptr::NonNull;
use talc::DefaultBinning;
use talc::base::Talc;
use talc::source::Manual;

/// A heap in an arena.
pub struct Heap {
    talc: Talc<Manual, DefaultBinning>,
    arena: NonNull<u8>,
}

// SAFETY: its pointers are into an arena that nobody else has.
unsafe impl Send for Heap {}

impl Heap {
    pub fn new() -> Self {
        Self::at(arena::map())
    }

    fn at(arena: NonNull<u8>) -> Self {
        let mut talc = Talc::new(Manual);
        // SAFETY: empty memory, which is never given back.
        let end = unsafe { talc.claim(arena.as_ptr(), arena::BYTES) };
        assert!(end.is_some(), "an arena is large enough for a heap");
        Self { talc, arena }
    }
}

impl Side for Heap {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        self.fill(n, align).map(|p| arena::clear(p, n))
    }

    fn fill(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(n, align).ok()?;
        // SAFETY: no plan asks for 0 bytes.
        unsafe { self.talc.allocate(layout) }
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, align: usize) {
        if let Ok(layout) = Layout::from_size_align(n, align) {
            // SAFETY: the caller's promise.
            unsafe { self.talc.deallocate(p.as_ptr(), layout) };
        }
    }

    fn empty(&mut self) {
        arena::empty(self.arena);
        *self = Self::at(self.arena);
    }
}
