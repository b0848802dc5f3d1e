//! Memory reserved at a multiple of an alignment, and what is skipped for that.

use super::{Reserved, Sbrk};
use crate::addr::{align_down, align_up, is_aligned};
use crate::config::{Access, Profile};
use crate::error::Error;
use crate::os::Os;

impl<O: Os> Sbrk<O> {
    /// Go's `sysReserveAlignedSbrk`: reserves `size` bytes, whole pages, at a
    /// multiple of `align`, a power of two (None → Reserved). From the free list
    /// when a block of `size+align` is there, trimmed at both ends; else at the
    /// next multiple above the break. What is skipped goes to the free list.
    ///
    /// Under [`Profile::WasmGo121`] it is what those releases had in its place,
    /// `sysReserveAligned` of `mem.go`: a reservation of `size+align`, trimmed
    /// unless it happens to be aligned; then all of it is the caller's.
    ///
    /// # Errors
    /// [`Error::Zero`] for the size, [`Error::Align`], [`Error::Unaligned`] for
    /// the size, [`Error::Overflow`], or what [`Brk::sbrk`](crate::brk::Brk::sbrk) gives.
    ///
    /// # Safety
    /// As [`Sbrk::sys_alloc_os`].
    pub unsafe fn sys_reserve_aligned_sbrk(
        &mut self,
        size: usize,
        align: usize,
    ) -> Result<Reserved, Error> {
        let given = self.checked_sum(size, align).and_then(|rounded| {
            // SAFETY: the arguments were checked just now.
            let given = unsafe { self.reserve_aligned(size, align, rounded) }?;
            self.in_use += self.brk.mem_round(given.size)?;
            self.names.count(b"", given.size);
            Ok(given)
        });
        self.counted(given)
    }

    /// The checks of an aligned reserve; gives `size+align` in whole pages.
    fn checked_sum(&self, size: usize, align: usize) -> Result<usize, Error> {
        self.checked_size(size)?;
        if !align.is_power_of_two() {
            return Err(Error::Align);
        }
        if !is_aligned(size, self.brk.page_size()) {
            return Err(Error::Unaligned);
        }
        size.checked_add(align).ok_or(Error::Overflow).and_then(|n| self.brk.mem_round(n))
    }

    /// The rest of [`Sbrk::sys_reserve_aligned_sbrk`]; `rounded` is `size+align`
    /// in whole pages.
    ///
    /// # Safety
    /// As [`Self::mem_alloc`]; the arguments were checked.
    unsafe fn reserve_aligned(
        &mut self,
        size: usize,
        align: usize,
        rounded: usize,
    ) -> Result<Reserved, Error> {
        let go121 = self.brk.profile() == Profile::WasmGo121;
        // SAFETY: the caller's promise.
        let found = match unsafe { self.mem_alloc_no_grow(rounded, false) }? {
            Some(p) => p,
            None if go121 => {
                // The slack will follow the last block, which is verified while
                // nothing has changed.
                // SAFETY: above everything that is free.
                unsafe { self.freelist.verify_last(self.brk.top()) }?;
                // SAFETY: the caller's promise.
                unsafe { self.sbrk(rounded, false) }?
            }
            // SAFETY: the caller's promise.
            None => return unsafe { self.grow_aligned(size, align) },
        };
        // `found + align` is inside what was taken.
        let start = align_down(found + align - 1, align);
        if go121 && start == found {
            return Ok(Reserved { addr: found, size: size + align });
        }
        let end = start + size;
        for (from, to) in [(found, start), (end, found + rounded)] {
            if from < to {
                // SAFETY: cut from a free block or fresh from the break, so it is
                // zero; and its neighbours were verified on the way.
                unsafe { self.free_slack(from, to - from) }?;
            }
        }
        Ok(Reserved { addr: start, size })
    }

    /// Reserves at the next multiple of `align` above the break.
    ///
    /// # Safety
    /// As [`Self::mem_alloc`].
    unsafe fn grow_aligned(&mut self, size: usize, align: usize) -> Result<Reserved, Error> {
        let bloc = self.brk.bloc();
        let p = align_up(bloc, align).ok_or(Error::Overflow)?;
        let end = p.checked_add(size).ok_or(Error::Overflow)?;
        if p > bloc {
            // The slack will be the last block: its neighbour is verified while
            // nothing has changed.
            // SAFETY: above everything that is free.
            unsafe { self.freelist.verify_last(bloc) }?;
        }
        // SAFETY: the caller's promise.
        let r = unsafe { self.sbrk(end - bloc, false) }?;
        if p > r {
            // SAFETY: skipped just now, so it is zero.
            unsafe { self.free_slack(r, p - r) }?;
        }
        Ok(Reserved { addr: p, size })
    }

    /// Puts slack on the free list: memory that is zero and was handed out to
    /// nobody. It is not cleared again, so what was never touched stays out of
    /// physical memory.
    ///
    /// # Safety
    /// Every byte of the range is zero, and it was just taken.
    pub(super) unsafe fn free_slack(&mut self, at: usize, n: usize) -> Result<(), Error> {
        if self.access == Access::Always {
            self.os.skipped(at, n);
        }
        // SAFETY: in whole pages, and taken just now.
        unsafe { self.mem_free(self.freelist.place(at), n, false) }
    }
}
