//! The list in a child of fork whose parent was changing it.

use super::{Block, Freelist};
use crate::journal::Change;
use crate::memhdr::{MemHdr, MemHdrPtr};

impl Freelist {
    /// Repairs what a thread that vanished left half-done, in a heap that ends
    /// at `end` with the break at `top`: completes the change of the journal, and
    /// makes everything else anew from the bits of the map.
    ///
    /// # Safety
    /// As [`Self::mem_alloc_no_grow`].
    pub unsafe fn recover(&mut self, top: usize, end: usize) {
        self.blocks.rebuild(end);
        if let Some((change, at, n)) = self.journal.pending() {
            // A region above the break: the break had not moved yet.
            if at + n <= top {
                // SAFETY: the caller's promise.
                unsafe { self.redo(change, at, n, top) };
            }
        }
        self.blocks.recount();
        self.journal.end();
    }

    /// Makes a change of the journal on a map that is consistent, whatever of it
    /// was made before.
    ///
    /// # Safety
    /// As [`Self::recover`].
    unsafe fn redo(&mut self, change: Change, at: usize, n: usize, top: usize) {
        let (from, to) = (self.blocks.page(at), self.blocks.page(at + n));
        // Where a header may have been that is none any more.
        let header = if change == Change::Free {
            self.begin_rest(at + n, top);
            self.blocks.map.clear_start(from);
            self.blocks.map.set_free(from, to);
            Some(at + n).filter(|&next| next < top && self.blocks.map.is_free(to))
        } else {
            self.blocks.map.clear_free(from, to);
            self.begin_region(at, n);
            Some(at)
        };
        if let Some(at) = header {
            // SAFETY: inside a free block, or in a region that nobody has got.
            unsafe { self.store(at, MemHdr::ZERO) };
        }
        let lowest = self.blocks.lowest();
        self.head = MemHdrPtr::at(lowest.map_or(0, |block| block.addr));
        // The last block that begins below, and the one after it.
        let mut block = match self.blocks.below(self.blocks.place(at)) {
            None => lowest,
            Some(below) => self.blocks.at_or_above(below.addr),
        };
        for _ in 0..2 {
            if let Some(Block { addr, size }) = block {
                block = self.blocks.at_or_above(addr + size);
                let next = MemHdrPtr::at(block.map_or(0, |next| next.addr));
                // SAFETY: the block is free, so its header may be written.
                unsafe { self.store(addr, MemHdr { next, size }) };
            }
        }
    }
}
