//! `linked_list_allocator`: first fit in a list of holes, as Go's layer.

use super::arena;
use crate::side::Side;
use linked_list_allocator::Heap;
use std::alloc::Layout;
use std::ptr::NonNull;

/// A heap in an arena.
pub struct List {
    heap: Heap,
    arena: NonNull<u8>,
}

// SAFETY: its pointers are into an arena that nobody else has.
unsafe impl Send for List {}

impl List {
    pub fn new() -> Self {
        Self::at(arena::map())
    }

    fn at(arena: NonNull<u8>) -> Self {
        // SAFETY: empty memory, which is never given back.
        Self { heap: unsafe { Heap::new(arena.as_ptr(), arena::BYTES) }, arena }
    }
}

impl Side for List {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        self.fill(n, align).map(|p| arena::clear(p, n))
    }

    fn fill(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(n, align).ok()?;
        self.heap.allocate_first_fit(layout).ok()
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, align: usize) {
        if let Ok(layout) = Layout::from_size_align(n, align) {
            // SAFETY: the caller's promise.
            unsafe { self.heap.deallocate(p, layout) };
        }
    }

    fn empty(&mut self) {
        arena::empty(self.arena);
        *self = Self::at(self.arena);
    }
}
