//! The segment: made, given back, and repaired in a child of fork.

use super::Sbrk;
use crate::brk::{Brk, Layout};
use crate::config::{Access, Config};
use crate::error::Error;
use crate::journal::Change;
use crate::os::{Hint, Os};

impl<O: Os> Sbrk<O> {
    /// Starts afresh: gives back the segment there was and makes a new one.
    ///
    /// # Errors
    /// [`Error::Config`]: the configuration contradicts itself; nothing has
    /// changed. [`Error::NoMem`], [`Error::ForeignBreak`]: the segment cannot be
    /// had; the layer then has none.
    ///
    /// # Safety
    /// Nobody uses memory of the old segment any more, and nobody but this
    /// layer maps or unmaps anything in the new one.
    pub unsafe fn init(&mut self, config: &Config) -> Result<(), Error> {
        let layout = Layout::new(config, self.os.page_shift())?;
        // SAFETY: the caller's promise.
        unsafe { self.drop_segment() };
        if layout.base() != 0 && self.os.is_mapped(layout.base()) == Some(true) {
            return Err(Error::ForeignBreak);
        }
        self.advice = config.advice;
        self.check = config.check;
        self.access = config.access;
        self.freelist.journal.begin(Change::Unmapped, layout.base(), layout.first_mapped());
        let placed = self.place(&layout);
        self.freelist.journal.end();
        if placed.is_err() {
            // SAFETY: nobody has seen the segment.
            unsafe { self.drop_segment() };
        }
        placed
    }

    /// Makes a segment where there was none.
    fn place(&mut self, layout: &Layout) -> Result<(), Error> {
        let brk = Brk::init_bloc(&mut self.os, layout)?;
        // Nothing but the address is new, which takes one store.
        self.freelist.journal.begin(Change::Unmapped, brk.base(), layout.first_mapped());
        self.brk = brk;
        let page = self.brk.page_size();
        // SAFETY: the list has one system, this layer's.
        unsafe { self.freelist.reset(&mut self.os, self.brk.base(), page) };
        self.freelist.set_headerless(self.access == Access::WhenMapped);
        if self.access == Access::WhenMapped {
            // Where the kernel refuses it stays open, which is no harm.
            // SAFETY: mapped just now, and nobody's.
            let _ = unsafe { self.os.advise(Hint::Fault, self.brk.base(), self.brk.mapped()) };
        }
        self.freelist.cover(&mut self.os, self.brk.end())
    }

    /// Gives the segment back to the system.
    ///
    /// # Safety
    /// Nobody uses its memory any more.
    pub unsafe fn drop_segment(&mut self) {
        let (base, mapped) = (self.brk.base(), self.brk.mapped());
        if mapped > 0 {
            self.freelist.journal.begin(Change::Unmapped, base, mapped);
            // SAFETY: the segment is this layer's, and its users are gone.
            unsafe { self.os.unmap(base, mapped) };
        }
        self.forget();
    }

    /// Becomes a layer without a segment.
    fn forget(&mut self) {
        self.brk = Brk::new();
        // SAFETY: the list has one system, this layer's.
        unsafe { self.freelist.reset(&mut self.os, 0, 1) };
        self.names.reset();
        self.in_use = 0;
        self.faulted = false;
        self.poisoned = false;
        self.refusals = 0;
        self.freelist.journal.end();
    }

    /// Repairs what a thread left half-done that vanished in the middle of a call, as
    /// it does in a child of fork. What it was about to get is nobody's, and stays
    /// handed out; what it was about to give is free, or still handed out.
    pub fn recover(&mut self) {
        if let Some((Change::Unmapped, at, n)) = self.freelist.journal.pending() {
            if self.os.is_mapped(at) == Some(true) {
                // SAFETY: nothing was mapped there but this layer's segment.
                unsafe { self.os.unmap(at, n) };
            }
            return self.forget();
        }
        self.brk.recover(&self.os);
        self.names.recover();
        // SAFETY: free memory is mapped, and the layer's.
        unsafe { self.freelist.recover(self.brk.top(), self.brk.end()) };
        self.in_use = self.brk.top() - self.brk.start() - self.freelist.bytes();
    }
}
