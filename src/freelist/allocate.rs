//! Blocks cut from the list: Go's `memAllocNoGrow`.

use super::blocks::Found;
use super::{Block, Freelist};
use crate::error::Error;
use crate::journal::Change;
use crate::memhdr::{HEADER, MemHdr, MemHdrPtr};

/// A block that a request is cut from.
#[derive(Clone, Copy, Debug)]
struct Fit {
    found: Found,
    prev: Option<Block>,
    next: MemHdrPtr,
    /// Bytes to be cut from its end.
    n: usize,
}

impl Freelist {
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
}
