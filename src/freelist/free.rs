//! Blocks put on the list: Go's `memFree`.

use super::{Block, Freelist, Place};
use crate::error::Error;
use crate::journal::Change;
use crate::memhdr::{MemHdr, MemHdrPtr};

/// Where a range goes in the list: behind `prev` and before `next`, one or both
/// absent; found and verified.
#[derive(Debug)]
pub struct Gap {
    place: Place,
    prev: Option<Block>,
    next: Option<Block>,
    /// What `next` links to.
    after: MemHdrPtr,
}

impl Freelist {
    /// Where `n` bytes from a place on, not free, go in the list, verified: the half
    /// of [`Self::mem_free`] that can fail.
    ///
    /// # Errors
    /// [`Error::Corrupt`], as [`Self::mem_alloc_no_grow`].
    ///
    /// # Safety
    /// As [`Self::mem_alloc_no_grow`]; the range is page-aligned and not empty.
    #[expect(clippy::inline_always, reason = "what it gives is not passed on through memory then")]
    #[inline(always)]
    pub unsafe fn gap(&self, place: Place, n: usize) -> Result<Gap, Error> {
        let at = place.addr();
        let prev = self.blocks.below(place);
        let next = self.blocks.above(place, n);
        let mut after = MemHdrPtr::NIL;
        if let Some(prev) = prev {
            let next = MemHdrPtr::at(next.map_or(0, |next| next.block.addr));
            // SAFETY: the block is free, so its header is the caller's to read.
            unsafe { self.verify(prev, next) }?;
        }
        if let Some(next) = next.filter(|next| next.block.addr == at + n) {
            after = self.blocks.link_of(&next);
            // SAFETY: as above.
            unsafe { self.verify(next.block, after) }?;
        }
        Ok(Gap { place, prev, next: next.map(|next| next.block), after })
    }

    /// Go's `memFree`, behind its rounding and its clearing: links `n` bytes in at
    /// their gap (Ready → None) and merges them with the block after, then with the
    /// block before, clearing each header that ends up inside. They are no region any
    /// more, and what is left of their region above them, below `top`, is one of its
    /// own.
    ///
    /// # Safety
    /// `gap` is what [`Self::gap`] gave for the range, and nothing has changed
    /// since but the break; every byte of the range is zero; nobody uses it.
    #[expect(clippy::inline_always, reason = "as of `gap`")]
    #[inline(always)]
    pub unsafe fn mem_free(&mut self, gap: &Gap, n: usize, top: usize) {
        let at = gap.place.addr();
        self.journal.begin(Change::Free, at, n);
        self.begin_rest(at + n, top);
        let prev = gap.prev.filter(|prev| prev.end() == at);
        let next = gap.next.filter(|next| next.addr == at + n);
        let block = self.blocks.add(gap.place, n, [prev, next]);
        debug_assert!(self.has_no_start(at, n));
        let mut after = MemHdrPtr::at(gap.next.map_or(0, |next| next.addr));
        if let Some(next) = next {
            after = gap.after;
            // SAFETY: `next` is free, and its header is inside `block` now.
            unsafe { self.store(next.addr, MemHdr::ZERO) };
        }
        if prev.is_none() {
            // SAFETY: `gap.prev`, if there is one, is in the list.
            unsafe { self.link(gap.prev, MemHdrPtr::at(at)) };
        }
        // SAFETY: the header's 16 bytes belong to the block.
        unsafe { self.store(block.addr, MemHdr { next: after, size: block.size }) };
        self.journal.end();
    }
}
