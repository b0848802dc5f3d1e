//! What can be seen of a layer: where it is, what is free, its counters, its faults.

use super::{Sbrk, Stats};
use crate::config::Access;
use crate::freelist::{Block, Fault, check_zero};
use crate::names::NameStats;
use crate::os::Os;

impl<O: Os> Sbrk<O> {
    /// Address of the segment; 0 before `init`.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.brk.base()
    }

    /// Go's `bloc`: the runtime's idea of the break.
    #[must_use]
    pub const fn bloc(&self) -> usize {
        self.brk.bloc()
    }

    /// Most bytes the break may reach from the base: the limit of the configuration, and
    /// the foreign ranges that were stepped over.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.brk.limit()
    }

    /// Address behind what is mapped.
    #[must_use]
    pub const fn mapped_end(&self) -> usize {
        self.brk.mapped_end()
    }

    /// Go's `blocMax`: the system's break.
    #[must_use]
    pub const fn bloc_max(&self) -> usize {
        self.brk.bloc_max()
    }

    /// End of the memory the system has given: `bloc_max`, but under
    /// [`WasmGo121`](crate::Profile::WasmGo121).
    #[must_use]
    pub const fn end(&self) -> usize {
        self.brk.end()
    }

    /// Go's `physPageSize`: bytes in a page, the profile's or the system's, whichever is
    /// larger.
    #[must_use]
    pub fn page_size(&self) -> usize {
        self.brk.page_size()
    }

    /// Go's `memFreelist`: the free blocks, ascending. From the records, so it is
    /// right even when a header was overwritten.
    pub fn mem_freelist(&self) -> impl Iterator<Item = Block> {
        self.freelist.iter()
    }

    /// Go's `memFreelist` itself: the address of the lowest free block, 0: none.
    #[must_use]
    pub const fn mem_freelist_head(&self) -> usize {
        self.freelist.head().addr()
    }

    /// The counters. Looks up what is resident, which can take a millisecond.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mapped = self.brk.mapped();
        Stats {
            in_use: self.in_use,
            free: self.freelist.bytes(),
            free_blocks: self.freelist.blocks(),
            high_water: self.brk.end() - self.brk.base(),
            metadata: self.freelist.records(),
            resident: if mapped == 0 { 0 } else { self.os.resident(self.brk.base(), mapped) },
            growths: self.brk.growths(),
            refusals: self.refusals,
        }
    }

    /// What was asked for under each name, in the order the names came.
    #[must_use]
    pub fn by_name(&self) -> &[NameStats] {
        self.names.rows()
    }

    /// Go's `memCheck` over everything: the list, every block's bytes, and the
    /// memory between the break and the end of the segment. What cannot be accessed
    /// ([`Access::WhenMapped`]) is not looked at.
    ///
    /// # Errors
    /// The first fault found.
    ///
    /// # Safety
    /// Nobody writes to the segment meanwhile.
    pub unsafe fn mem_check(&self) -> Result<(), Fault> {
        if self.access == Access::WhenMapped {
            return Ok(());
        }
        // SAFETY: the segment is mapped up to its end, and free memory is never
        // closed to access.
        unsafe { self.freelist.mem_check() }?;
        // SAFETY: as above.
        unsafe { check_zero(self.brk.top(), self.brk.end() - self.brk.top()) }
    }
}
