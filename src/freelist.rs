//! Go's free list: `memHdr`, `memHdrPtr`, `memFreelist`, `memAllocNoGrow`,
//! `memFree`, `memCheck`.
//!
//! ```text
//! memFreelist ──► ┌──────┬──────┬───────┐   ┌──────┬──────┬──────────┐
//!                 │ next │ size │ zeros │   │  0   │ size │  zeros   │
//!                 └──┬───┴──────┴───────┘   └──────┴──────┴──────────┘
//!                    └────────────────────►
//! ```
//! The list ascends by address; no two blocks touch, because `memFree` merges
//! neighbours; every byte of a block but its 16 of header is zero. Blocks lie
//! below the break, and are never merged with it.
//!
//! The headers are written just as Go writes them, so that whoever walks the
//! list finds it; but they stand in memory that a caller can write to after
//! free, so no decision rests on them. What is free is known from records of its
//! own, and each header is compared with them before it is written over.
//! So every function here has two halves: one that looks, finds out everything
//! and may fail, and one that acts and cannot.
//!
//! Nothing here locks: the caller holds `memlock`, as in Go.

mod blocks;
mod fault;
mod few;
mod regions;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::journal::{Change, Journal};
use crate::memhdr;
pub use crate::memhdr::{HEADER, MemHdr, MemHdrPtr};
use crate::os::Os;
pub use blocks::Place;
use blocks::{Blocks, Found};
pub use fault::{Fault, check_zero};

/// A free block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Block {
    /// Address of its first byte, which is also its header's.
    pub addr: usize,
    /// Its bytes.
    pub size: usize,
}

impl Block {
    /// The address behind its last byte.
    #[must_use]
    pub const fn end(self) -> usize {
        self.addr + self.size
    }
}

/// The list, and the records that say what is on it.
#[derive(Debug)]
pub struct Freelist {
    /// Go's `memFreelist`: the lowest block, or nil.
    head: MemHdrPtr,
    blocks: Blocks,
    /// Whether blocks have no headers, because free memory cannot be accessed.
    bare: bool,
    /// What is being done to all this.
    pub journal: Journal,
}

/// A block that a request is cut from.
#[derive(Clone, Copy, Debug)]
struct Fit {
    found: Found,
    prev: Option<Block>,
    next: MemHdrPtr,
    /// Bytes to be cut from its end.
    n: usize,
}

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
    /// An empty list of no heap.
    #[must_use]
    pub const fn new() -> Self {
        let (blocks, journal) = (Blocks::new(), Journal::new());
        Self { head: MemHdrPtr::NIL, blocks, bare: false, journal }
    }

    /// Forgets everything; the list is of the heap at `base` from now on.
    ///
    /// # Safety
    /// `os` is the one that [`Freelist::cover`] was called with.
    pub unsafe fn reset<O: Os>(&mut self, os: &mut O, base: usize, page_size: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.blocks.reset(os, base, page_size) };
        self.head = MemHdrPtr::NIL;
    }

    /// Says whether free memory can be accessed: whether blocks carry headers. For an
    /// empty list.
    pub fn set_bare(&mut self, bare: bool) {
        self.bare = bare;
    }

    /// Makes room in the records for a heap that ends at `end`.
    ///
    /// # Errors
    /// [`Error::NoMem`]; nothing has changed.
    pub fn cover<O: Os>(&mut self, os: &mut O, end: usize) -> Result<(), Error> {
        self.blocks.cover(os, end)
    }

    /// Undoes a [`Freelist::cover`]: the records are for a heap that ends at `end`,
    /// and take `bytes` again.
    ///
    /// # Safety
    /// `os` is the one that [`Freelist::cover`] was called with, and this is what
    /// [`Freelist::records`] gave before.
    pub unsafe fn uncover<O: Os>(&mut self, os: &mut O, end: usize, bytes: usize) {
        // Of fewer pages than before, so it cannot fail.
        let _ = self.cover(os, end);
        // SAFETY: the caller's promise.
        unsafe { self.blocks.map.trim(os, bytes) };
    }

    /// Go's `memFreelist`: the lowest block's address, or nil.
    #[must_use]
    pub const fn head(&self) -> MemHdrPtr {
        self.head
    }

    /// How many blocks are free.
    #[must_use]
    pub const fn blocks(&self) -> usize {
        self.blocks.count()
    }

    /// How many bytes are free.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.blocks.bytes()
    }

    /// Bytes mapped for the records.
    #[must_use]
    pub const fn records(&self) -> usize {
        self.blocks.map.mapped()
    }

    /// The blocks, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Block> {
        self.blocks.iter()
    }

    /// Seeks blocks by the tree of summaries from now on, however few there are:
    /// [`Sbrk::seek_by_tree`](crate::Sbrk::seek_by_tree).
    pub fn seek_by_tree(&mut self) {
        self.blocks.seek_by_tree();
    }

    /// Go's `memAllocNoGrow`, behind its rounding: takes `n` bytes out of the
    /// lowest block that has as many (None → Ready), and records that they are a
    /// region. A block of just that size is
    /// unlinked; a larger one keeps its head and loses its tail, so that only its
    /// size changes. `None`: no block is large enough. `n` is a multiple of the
    /// page and not 0.
    ///
    /// The bytes are zero: the body was, and the header of an unlinked block is
    /// cleared here. Before anything changes, `prepare` gets their address and how many
    /// of them, at the start, are a header.
    ///
    /// # Errors
    /// [`Error::Corrupt`]: a header that would be written is not what it was left
    /// as. And what `prepare` gives.
    ///
    /// # Safety
    /// The heap is mapped, and the caller has exclusive use of what is free.
    pub unsafe fn mem_alloc_no_grow(
        &mut self,
        n: usize,
        prepare: impl FnOnce(usize, usize) -> Result<(), Error>,
    ) -> Result<Option<usize>, Error> {
        // SAFETY: the caller's promise.
        let Some(fit) = (unsafe { self.find(n) })? else { return Ok(None) };
        let block = fit.found.block;
        prepare(block.end() - n, if block.size == n { HEADER } else { 0 })?;
        // SAFETY: found just now.
        Ok(Some(unsafe { self.take(&fit) }))
    }

    /// The lowest block that has `n` bytes, verified.
    ///
    /// # Safety
    /// As [`Self::mem_alloc_no_grow`].
    unsafe fn find(&mut self, n: usize) -> Result<Option<Fit>, Error> {
        let Some(found) = self.blocks.lowest_fit(n) else { return Ok(None) };
        let block = found.block;
        let next = self.blocks.link_of(&found);
        // SAFETY: the block is free, so its header is the caller's to read.
        unsafe { self.verify(block, next) }?;
        let prev = if block.size == n { self.blocks.before(&found) } else { None };
        if let Some(prev) = prev {
            // SAFETY: as above.
            unsafe { self.verify(prev, MemHdrPtr::at(block.addr)) }?;
        }
        Ok(Some(Fit { found, prev, next, n }))
    }

    /// Takes what was found out of its block.
    ///
    /// # Safety
    /// `fit` is what [`Self::find`] gave, and nothing has changed since.
    unsafe fn take(&mut self, fit: &Fit) -> usize {
        let Fit { found, prev, next, n } = *fit;
        let block = found.block;
        let at = block.end() - n;
        self.journal.begin(Change::Region, at, n);
        if block.size == n {
            // SAFETY: `prev` is the block before it.
            unsafe { self.link(prev, next) };
            // SAFETY: the 16 bytes belong to the block.
            unsafe { self.store(block.addr, MemHdr::ZERO) };
        } else {
            // SAFETY: as above.
            unsafe { self.store(block.addr, MemHdr { next, size: block.size - n }) };
        }
        self.blocks.cut(&found, n);
        self.journal.end();
        at
    }

    /// Where an address is, among the blocks: for the functions that ask about it.
    #[must_use]
    pub fn place(&self, at: usize) -> Place {
        self.blocks.place(at)
    }

    /// Checks the block that what comes from the break would follow on the list: the
    /// last one.
    ///
    /// # Errors
    /// [`Error::Corrupt`], as [`Self::mem_alloc_no_grow`].
    ///
    /// # Safety
    /// As [`Self::mem_alloc_no_grow`]; `top` is above all that is free.
    pub unsafe fn verify_last(&self, top: usize) -> Result<(), Error> {
        match self.blocks.below(self.blocks.place(top)) {
            // SAFETY: the block is free, so its header is the caller's to read.
            Some(last) => unsafe { self.verify(last, MemHdrPtr::NIL) },
            None => Ok(()),
        }
    }

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

    /// Go's `memCheck`, whole: Go looks at every block but the last. Compares
    /// every header with the map, and every byte of every block with zero. There is
    /// nothing to look at where free memory cannot be accessed.
    ///
    /// # Errors
    /// The first fault found, from the lowest address up.
    ///
    /// # Safety
    /// As [`Self::mem_alloc_no_grow`].
    pub unsafe fn mem_check(&self) -> Result<(), Fault> {
        let mut blocks = self.iter().filter(|_| !self.bare).peekable();
        while let Some(block) = blocks.next() {
            let next = MemHdrPtr::at(blocks.peek().map_or(0, |next| next.addr));
            // SAFETY: the block is free, so it is the caller's to read.
            let found = unsafe { memhdr::load(block.addr) };
            if found != (MemHdr { next, size: block.size }) {
                return Err(Fault::of_header(block.addr, found));
            }
            // SAFETY: as above.
            unsafe { check_zero(block.addr + HEADER, block.size - HEADER) }?;
        }
        Ok(())
    }

    /// Makes whole what a thread that vanished left half-done, in a heap that ends
    /// at `end` with the break at `top`: completes the change of the journal, and
    /// makes everything else anew from the bits of the map.
    ///
    /// # Safety
    /// As [`Self::mem_alloc_no_grow`].
    pub unsafe fn mend(&mut self, top: usize, end: usize) {
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
    /// As [`Self::mend`].
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

    /// Makes `next` what follows `prev`, or the head of the list.
    ///
    /// # Safety
    /// `prev` is in the list.
    unsafe fn link(&mut self, prev: Option<Block>, next: MemHdrPtr) {
        match prev {
            None => self.head = next,
            // SAFETY: `prev` is in the list, so its header may be written.
            Some(prev) => unsafe { self.store(prev.addr, MemHdr { next, size: prev.size }) },
        }
    }

    /// Checks that the header of a block is what it was left as.
    ///
    /// # Safety
    /// The block is free, and the caller has exclusive use of it.
    unsafe fn verify(&self, block: Block, next: MemHdrPtr) -> Result<(), Error> {
        // SAFETY: the caller's promise, and free memory can be accessed unless `bare`.
        if self.bare || unsafe { memhdr::load(block.addr) } == (MemHdr { next, size: block.size }) {
            Ok(())
        } else {
            Err(Error::Corrupt)
        }
    }

    /// Writes the header at `at`, where blocks have any.
    ///
    /// # Safety
    /// As [`memhdr::store`].
    unsafe fn store(&self, at: usize, hdr: MemHdr) {
        if !self.bare {
            // SAFETY: the caller's promise, and free memory can be accessed.
            unsafe { memhdr::store(at, hdr) };
        }
    }
}

impl Default for Freelist {
    fn default() -> Self {
        Self::new()
    }
}
