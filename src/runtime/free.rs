//! Memory taken back: to the break, or to the free list.

use super::Sbrk;
use crate::addr::is_aligned;
use crate::config::Access;
use crate::error::Error;
use crate::freelist::Place;
use crate::journal::in_order;
use crate::os::{Hint, Os};

impl<O: Os> Sbrk<O> {
    /// Go's `sysFreeOS`: takes `[v, v+n)` back (any state → None) and clears it.
    /// Where it ends at the break it lowers it, else it goes to the free list;
    /// `n` as given decides, so a size that is not whole pages always goes to
    /// the list. nil: nothing to do, whatever `n`.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Overflow`], [`Error::Unaligned`] for `v`,
    /// [`Error::Range`] outside of what was handed out, [`Error::DoubleFree`]
    /// where a part is free, [`Error::Mismatch`] where a part is another region's
    /// or `n` is neither whole pages nor the rest of its region;
    /// [`Error::Corrupt`]; [`Error::NoMem`] when a range that `sysFaultOS` closed
    /// cannot be opened to be cleared.
    ///
    /// # Safety
    /// Nobody uses the range any more.
    pub unsafe fn sys_free_os(&mut self, v: usize, n: usize) -> Result<(), Error> {
        if v == 0 {
            return Ok(());
        }
        // SAFETY: the caller's promise.
        let freed =
            self.checked_size(n).and_then(|rounded| unsafe { self.take_back(v, n, rounded) });
        self.counted(freed)
    }

    /// The rest of [`Sbrk::sys_free_os`], with `n` as given and rounded.
    ///
    /// # Safety
    /// Nobody uses the range any more.
    unsafe fn take_back(&mut self, v: usize, n: usize, rounded: usize) -> Result<(), Error> {
        if !is_aligned(v, self.brk.page_size()) {
            return Err(Error::Unaligned);
        }
        self.inside(v, rounded).map_err(|error| self.range_or_double_free(error, v, rounded))?;
        let top = self.brk.top();
        let place = self.freelist.place(v);
        self.freelist.check_region(place, rounded, n == rounded, top)?;
        if v + n == self.brk.bloc() {
            // SAFETY: nobody uses the range.
            unsafe { self.clear(v, rounded) }?;
            self.brk.lower(rounded);
            // Marked when it has gone back: a child of fork that finds the break where
            // it was must find the region whole.
            in_order();
            self.freelist.lower_region(v);
        } else {
            // SAFETY: checked to be one region's, page-aligned and not empty; nobody
            // uses it.
            unsafe { self.mem_free(place, rounded, true) }?;
        }
        self.in_use -= rounded;
        Ok(())
    }

    /// Go's `memFree`: clears `n` bytes from a place on, unless they are zero, and puts
    /// them on the free list.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::NoMem`] as [`Self::clear`]. Nothing has changed.
    ///
    /// # Safety
    /// They are whole pages of one region, at least one, and nobody uses them; every
    /// byte is zero unless they are `dirty`.
    pub(super) unsafe fn mem_free(
        &mut self,
        place: Place,
        n: usize,
        dirty: bool,
    ) -> Result<(), Error> {
        // SAFETY: page-aligned and not empty.
        let gap = unsafe { self.freelist.gap(place, n) }?;
        if dirty {
            // SAFETY: the caller's promise.
            unsafe { self.clear(place.addr(), n) }?;
        }
        // SAFETY: the gap is its own, and it is zero.
        unsafe { self.freelist.mem_free(&gap, n, self.brk.top()) };
        Ok(())
    }

    /// Go's `memclrNoHeapPointers` over a range that is given up: opened first if
    /// need be, or closed, and with it cleared, where free memory is.
    ///
    /// # Errors
    /// [`Error::NoMem`]: it cannot be opened or closed, and stays handed out.
    ///
    /// # Safety
    /// The range is the segment's, and nobody uses it.
    unsafe fn clear(&mut self, v: usize, n: usize) -> Result<(), Error> {
        if self.access == Access::WhenMapped {
            // SAFETY: the caller's promise.
            return unsafe { self.os.advise(Hint::Fault, v, n) };
        }
        if self.faulted {
            // SAFETY: the caller's promise.
            unsafe { self.os.advise(Hint::Access, v, n) }?;
        }
        // SAFETY: as above, and it is open.
        unsafe { self.os.clear(v, n, v == self.last) };
        Ok(())
    }

    /// What is wrong with freeing a range that is not inside: it is a region that
    /// went back to the break, or it never was one.
    fn range_or_double_free(&self, error: Error, v: usize, n: usize) -> Error {
        let above =
            v >= self.brk.top() && v.checked_add(n).is_some_and(|end| end <= self.brk.end());
        if above && self.freelist.was_lowered(v) { Error::DoubleFree } else { error }
    }
}
