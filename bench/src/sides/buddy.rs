//! `buddy_system_allocator`: powers of two, a list of free blocks for each.

use super::arena;
use crate::side::Side;
use buddy_system_allocator::Heap;
use std::alloc::Layout;
use std::ptr::NonNull;

/// Blocks of up to the arena's size.
const ORDERS: usize = arena::BYTES.trailing_zeros() as usize + 1;

/// A heap in an arena.
pub struct Buddy {
    heap: Heap<ORDERS>,
    arena: NonNull<u8>,
}

// SAFETY: its pointers are into an arena that nobody else has.
unsafe impl Send for Buddy {}

impl Buddy {
    pub fn new() -> Self {
        Self::at(arena::map())
    }

    fn at(arena: NonNull<u8>) -> Self {
        let mut heap = Heap::empty();
        // SAFETY: empty memory, which is never given back.
        unsafe { heap.init(arena.as_ptr().expose_provenance(), arena::BYTES) };
        Self { heap, arena }
    }
}

impl Side for Buddy {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        self.fill(n, align).map(|p| arena::clear(p, n))
    }

    fn fill(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        self.heap.alloc(Layout::from_size_align(n, align).ok()?).ok()
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, align: usize) {
        if let Ok(layout) = Layout::from_size_align(n, align) {
            // SAFETY: the caller's promise.
            unsafe { self.heap.dealloc(p, layout) };
        }
    }

    fn empty(&mut self) {
        arena::empty(self.arena);
        *self = Self::at(self.arena);
    }
}
