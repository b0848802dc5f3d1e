//! The functions about memory that stays with its caller: what is about to be used,
//! what is not needed for now, where huge pages would do good. Under
//! [`Advice::Go`] they change nothing, as on Go's own sbrk systems; under
//! [`Advice::Os`] the kernel hears of it.

use super::Sbrk;
use crate::addr::{align_up, is_aligned};
use crate::config::{Access, Advice};
use crate::error::Error;
use crate::journal::in_order;
use crate::os::{Hint, Os};

impl<O: Os> Sbrk<O> {
    /// Go's `sysMapOS`: `[v, v+n)` is about to be used (Reserved → Prepared),
    /// under this name. Nothing changes, but that under [`Advice::Os`] a range
    /// that `sysFaultOS` closed can be accessed again; under [`Access::WhenMapped`]
    /// the range can be accessed from now on, and reads as zero.
    ///
    /// # Errors
    /// Under [`Advice::Os`] only: [`Error::Unaligned`] for `v`,
    /// [`Error::Overflow`], [`Error::Range`] where the range is not handed out,
    /// [`Error::NoMem`] when the kernel refuses.
    ///
    /// # Safety
    /// The caller owns the range.
    pub unsafe fn sys_map_os(&mut self, v: usize, n: usize, vma_name: &[u8]) -> Result<(), Error> {
        let done = if self.access == Access::WhenMapped {
            // SAFETY: the caller's promise.
            unsafe { self.hint(Hint::Access, v, n) }
        } else {
            // SAFETY: as above.
            unsafe { self.access(v, n) }
        };
        if done.is_ok() {
            self.names.count(vma_name, n);
        }
        self.counted(done)
    }

    /// Go's `sysUnusedOS`: the contents of `[v, v+n)` are forfeit (Ready →
    /// Prepared). Under [`Advice::Os`] its pages go back to the kernel, so that
    /// it reads as zero. Pages that the kernel does not take back, as when they are
    /// locked, are replaced by fresh ones, which are not locked, or else cleared. A part
    /// that `sysFaultOS` closed may be open then.
    ///
    /// # Errors
    /// As [`Sbrk::sys_map_os`]; the size has to be aligned too.
    ///
    /// # Safety
    /// The caller owns the range.
    pub unsafe fn sys_unused_os(&mut self, v: usize, n: usize) -> Result<(), Error> {
        let aligned = self.advice == Advice::Go || is_aligned(n, self.os_page());
        let done = if aligned {
            // SAFETY: the caller's promise.
            unsafe { self.release(v, n) }
        } else {
            Err(Error::Unaligned)
        };
        self.counted(done)
    }

    /// Go's `sysUsedOS`: `[v, v+n)` is needed again (Prepared → Ready). Nothing
    /// changes, but as in [`Sbrk::sys_map_os`].
    ///
    /// # Errors
    /// As [`Sbrk::sys_map_os`].
    ///
    /// # Safety
    /// The caller owns the range.
    pub unsafe fn sys_used_os(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        let done = unsafe { self.access(v, n) };
        self.counted(done)
    }

    /// Go's `sysHugePageOS`: huge pages would do `[v, v+n)` good; no change of
    /// state. Under [`Advice::Os`] the kernel hears of the huge pages that lie
    /// inside. Best effort.
    ///
    /// # Errors
    /// As [`Sbrk::sys_map_os`], but `v` need not be aligned.
    ///
    /// # Safety
    /// The caller owns the range.
    pub unsafe fn sys_huge_page_os(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        let done = unsafe { self.advise(Hint::HugePage, v, n) };
        self.counted(done)
    }

    /// Go's `sysNoHugePageOS`: huge pages would do `[v, v+n)` no good; no change
    /// of state. Under [`Advice::Os`] the kernel hears of it. Best effort.
    ///
    /// # Errors
    /// As [`Sbrk::sys_map_os`].
    ///
    /// # Safety
    /// The caller owns the range.
    pub unsafe fn sys_no_huge_page_os(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        let done = unsafe { self.advise(Hint::NoHugePage, v, n) };
        self.counted(done)
    }

    /// Go's `sysHugePageCollapseOS`: `[v, v+n)` should be on huge pages at once;
    /// no change of state. Under [`Advice::Os`] the kernel is asked. Best effort.
    ///
    /// # Errors
    /// As [`Sbrk::sys_map_os`].
    ///
    /// # Safety
    /// The caller owns the range.
    pub unsafe fn sys_huge_page_collapse_os(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        let done = unsafe { self.advise(Hint::Collapse, v, n) };
        self.counted(done)
    }

    /// Go's `sysFaultOS`: `[v, v+n)` shall fault when accessed (Ready or
    /// Prepared → Reserved). Under [`Advice::Go`] it does not, as on Go's own
    /// sbrk systems; under [`Advice::Os`] it does, and its pages go back, locked ones
    /// too.
    ///
    /// # Errors
    /// As [`Sbrk::sys_map_os`]. When the kernel refuses, a part may fault already, and
    /// what the range held may be gone: [`Sbrk::sys_map_os`] opens it.
    ///
    /// # Safety
    /// The caller owns the range.
    pub unsafe fn sys_fault_os(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        let done = unsafe { self.advise(Hint::Fault, v, n) };
        self.counted(done)
    }

    /// Go's `needZeroAfterSysUnusedOS` (1.26): whether memory must be cleared
    /// after `sysUnusedOS`. True under [`Advice::Go`], where its bytes stay;
    /// false under [`Advice::Os`], where it reads as zero whatever the kernel refuses,
    /// unless that call itself failed.
    #[must_use]
    pub fn need_zero_after_sys_unused_os(&self) -> bool {
        self.advice == Advice::Go
    }

    /// The system's page: what protection and advice work in.
    fn os_page(&self) -> usize {
        1 << self.os.page_shift()
    }

    /// Makes a range accessible again, if any range ever was not.
    ///
    /// # Safety
    /// The caller owns the range.
    unsafe fn access(&mut self, v: usize, n: usize) -> Result<(), Error> {
        if self.faulted {
            // SAFETY: the caller's promise.
            unsafe { self.advise(Hint::Access, v, n) }
        } else {
            Ok(())
        }
    }

    /// Gives the pages of an owned range back, under [`Advice::Os`]; it reads as zero
    /// then, whatever the kernel says.
    ///
    /// # Safety
    /// The caller owns the range, and its contents are forfeit.
    unsafe fn release(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        let released = unsafe { self.advise(Hint::Release, v, n) };
        if released == Err(Error::NoMem) {
            // SAFETY: as above.
            unsafe { self.access(v, n) }?;
            // SAFETY: as above, and it can be written.
            unsafe { self.os.clear(v, n, false) };
            return Ok(());
        }
        released
    }

    /// Passes a hint about an owned range to the kernel, under [`Advice::Os`].
    ///
    /// # Safety
    /// The caller owns the range.
    unsafe fn advise(&mut self, hint: Hint, v: usize, n: usize) -> Result<(), Error> {
        if self.advice == Advice::Go {
            return Ok(());
        }
        // SAFETY: the caller's promise.
        unsafe { self.hint(hint, v, n) }
    }

    /// Passes a hint about an owned range to the kernel.
    ///
    /// # Safety
    /// The caller owns the range.
    unsafe fn hint(&mut self, hint: Hint, v: usize, n: usize) -> Result<(), Error> {
        if n == 0 {
            return Ok(());
        }
        // The only hint that may begin, and so end, inside a page.
        let anywhere = hint == Hint::HugePage;
        if !anywhere && !is_aligned(v, self.os_page()) {
            return Err(Error::Unaligned);
        }
        let whole = align_up(n, self.os_page()).ok_or(Error::Overflow)?;
        let n = if anywhere { n } else { whole };
        self.inside(v, n)?;
        // A hint that reached a free block could take its header away.
        if self.freelist.has_free(v, n) {
            return Err(Error::Range);
        }
        // Noted first, and for good: a child of fork that finds the range closed has
        // to know, and a kernel that fails half-way may have closed a part of it.
        self.faulted |= hint == Hint::Fault;
        in_order();
        // SAFETY: inside what is handed out, and the caller's.
        unsafe { self.os.advise(hint, v, n) }
    }
}
