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

mod allocate;
mod blocks;
mod check;
mod free;
mod recover;
mod regions;
mod table;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::journal::Journal;
pub use crate::memhdr::{HEADER, MemHdr, MemHdrPtr};
use crate::memhdr::{load, store};
use crate::os::Os;
use blocks::Blocks;
pub use blocks::Place;
pub use check::{Fault, check_zero};
pub use free::Gap;

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
    /// Whether blocks have no headers because free memory cannot be accessed.
    headerless: bool,
    /// What is being done to all this.
    pub journal: Journal,
}

impl Freelist {
    /// An empty list of no heap.
    #[must_use]
    pub const fn new() -> Self {
        let (blocks, journal) = (Blocks::new(), Journal::new());
        Self { head: MemHdrPtr::NIL, blocks, headerless: false, journal }
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
    pub fn set_headerless(&mut self, headerless: bool) {
        self.headerless = headerless;
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

    /// Searches blocks by the tree of summaries from now on, however few there are:
    /// [`Sbrk::search_by_tree`](crate::Sbrk::search_by_tree).
    pub fn search_by_tree(&mut self) {
        self.blocks.search_by_tree();
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
        // SAFETY: the caller's promise, and free memory can be accessed unless `headerless`.
        if self.headerless || unsafe { load(block.addr) } == (MemHdr { next, size: block.size }) {
            Ok(())
        } else {
            Err(Error::Corrupt)
        }
    }

    /// Writes the header at `at`, where blocks have any.
    ///
    /// # Safety
    /// As [`store`].
    unsafe fn store(&self, at: usize, hdr: MemHdr) {
        if !self.headerless {
            // SAFETY: the caller's promise, and free memory can be accessed.
            unsafe { store(at, hdr) };
        }
    }
}

impl Default for Freelist {
    fn default() -> Self {
        Self::new()
    }
}
