//! Memory handed out: allocated or reserved, from the free list or from the break.

use super::Sbrk;
use crate::config::{Access, Check};
use crate::error::Error;
use crate::freelist::{Fault, check_zero};
use crate::journal::Change;
use crate::os::{Hint, Os};

impl<O: Os> Sbrk<O> {
    /// Go's `sysAllocOS`: `n` bytes, rounded up to pages, of zeroed memory (None
    /// → Ready), from the free list or else from the break.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Overflow`], [`Error::Corrupt`] when a header was
    /// overwritten (and from then on), under [`Check::Full`] [`Error::Dirty`] when
    /// the bytes to be given are not zero, or what [`Brk::sbrk`](crate::brk::Brk::sbrk) gives.
    ///
    /// # Safety
    /// The caller keeps the rules of the layer: nobody writes to memory that is
    /// not theirs.
    pub unsafe fn sys_alloc_os(&mut self, n: usize, vma_name: &[u8]) -> Result<usize, Error> {
        let given = self.checked_size(n).and_then(|rounded| {
            // SAFETY: the caller's promise.
            let p = unsafe { self.mem_alloc(rounded, true) }?;
            self.in_use += rounded;
            self.last = p;
            self.names.count(vma_name, n);
            Ok(p)
        });
        self.counted(given)
    }

    /// Go's `sysReserveOS`: reserves `n` bytes, rounded up to pages (None →
    /// Reserved). A hint that is the break extends the heap there; nil takes
    /// memory from anywhere; any other hint is declined with nil, whatever `n`,
    /// given here as `Ok(0)`: Go takes that for an answer, not for a failure.
    ///
    /// # Errors
    /// As [`Sbrk::sys_alloc_os`].
    ///
    /// # Safety
    /// As [`Sbrk::sys_alloc_os`].
    pub unsafe fn sys_reserve_os(
        &mut self,
        v: usize,
        n: usize,
        vma_name: &[u8],
    ) -> Result<usize, Error> {
        if v != 0 && v != self.brk.bloc() {
            return Ok(0);
        }
        let given = self.checked_size(n).and_then(|rounded| {
            let p = if v == 0 {
                // SAFETY: the caller's promise.
                unsafe { self.mem_alloc(rounded, false) }?
            } else {
                // SAFETY: as above.
                unsafe { self.sbrk(rounded, false) }?
            };
            self.in_use += rounded;
            self.names.count(vma_name, n);
            Ok(p)
        });
        self.counted(given)
    }

    /// Go's `memAlloc`: `n` bytes, whole pages, from the free list, else from the
    /// break. `open` says that they are to be accessed at once; else they are only
    /// reserved.
    ///
    /// # Safety
    /// Nobody writes to free memory, or it is found out.
    unsafe fn mem_alloc(&mut self, n: usize, open: bool) -> Result<usize, Error> {
        // SAFETY: the caller's promise.
        match unsafe { self.mem_alloc_no_grow(n, open) }? {
            Some(p) => Ok(p),
            // SAFETY: as above.
            None => unsafe { self.sbrk(n, open) },
        }
    }

    /// Go's `memAllocNoGrow`, [that of the list](crate::freelist::Freelist::mem_alloc_no_grow),
    /// as [`Self::mem_alloc`].
    ///
    /// # Safety
    /// As [`Self::mem_alloc`].
    pub(super) unsafe fn mem_alloc_no_grow(
        &mut self,
        n: usize,
        open: bool,
    ) -> Result<Option<usize>, Error> {
        let Self { os, freelist, .. } = self;
        let prepare = |at: usize, header: usize| {
            if self.access == Access::WhenMapped {
                // SAFETY: free, and so the layer's.
                return if open { unsafe { os.advise(Hint::Access, at, n) } } else { Ok(()) };
            }
            if self.check == Check::Full {
                // SAFETY: as above, and it can be read.
                unsafe { check_zero(at + header, n - header) }.map_err(Fault::error)?;
            }
            Ok(())
        };
        // SAFETY: free memory is mapped, and the layer's.
        unsafe { freelist.mem_alloc_no_grow(n, prepare) }
    }

    /// Go's `sbrk`, [`Brk::sbrk`](crate::brk::Brk::sbrk), with the records to go with
    /// it: what it gives is a region. `open` as for [`Self::mem_alloc`].
    ///
    /// # Safety
    /// As [`Self::mem_alloc`].
    pub(super) unsafe fn sbrk(&mut self, n: usize, open: bool) -> Result<usize, Error> {
        let (old, new) = (self.brk.top(), self.brk.top_after(n)?);
        let closes = self.access == Access::WhenMapped;
        if closes && open && old < self.brk.mapped_end() {
            // If the call fails after all, this stays open, and zero.
            // SAFETY: mapped, and nobody's.
            unsafe { self.os.advise(Hint::Access, old, self.brk.mapped_end().min(new) - old) }?;
        }
        if self.check == Check::Full && !closes && old < self.brk.end() {
            // SAFETY: as above.
            unsafe { check_zero(old, self.brk.end().min(new) - old) }.map_err(Fault::error)?;
        }
        let records = self.freelist.records();
        let grows = new > self.brk.end();
        if grows {
            self.freelist.cover(&mut self.os, new)?;
        }
        self.freelist.journal.begin(Change::Region, old, new - old);
        let given = self.brk.sbrk(&mut self.os, n, closes && !open);
        if given.is_ok() {
            self.freelist.begin_region(old, new - old);
        }
        self.freelist.journal.end();
        if grows && given.is_err() {
            // SAFETY: what was covered just now, by this layer's system.
            unsafe { self.freelist.uncover(&mut self.os, self.brk.end(), records) };
        }
        given
    }
}
