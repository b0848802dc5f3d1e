//! A kernel for tests: memory from a Rust allocation, so that Miri sees every
//! access, and refusals on demand.

use super::{Hint, Os};
use crate::error::Error;
use std::alloc::{Layout, alloc_zeroed, dealloc};

/// Most memory a segment can have here.
const ROOM: usize = 4 << 20;
/// Alignment of a segment here.
const ALIGN: usize = 1 << 20;

/// The kernel, and what it was asked for.
#[derive(Debug)]
pub struct Fake {
    memory: *mut u8,
    /// A page's bytes as a power of two.
    pub page_shift: u32,
    /// Bytes mapped, from the start of the memory.
    pub mapped: usize,
    /// Growths still granted before [`Fake::refusal`].
    pub grants: usize,
    /// What a growth gets when no more are granted.
    pub refusal: Error,
    /// Every hint that came, as offsets.
    pub hints: Vec<(Hint, usize, usize)>,
    /// The hint that is refused, after who knows what was done about it.
    pub refused_hint: Option<Hint>,
}

impl Default for Fake {
    /// A kernel that grants everything.
    fn default() -> Self {
        let layout = Layout::from_size_align(ROOM, ALIGN).unwrap();
        // SAFETY: the layout is not empty.
        let memory = unsafe { alloc_zeroed(layout) };
        assert!(!memory.is_null());
        let _ = memory.expose_provenance();
        Self {
            memory,
            page_shift: 12,
            mapped: 0,
            grants: usize::MAX,
            refusal: Error::NoMem,
            hints: Vec::new(),
            refused_hint: None,
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let layout = Layout::from_size_align(ROOM, ALIGN).unwrap();
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.memory, layout) };
    }
}

impl Fake {
    /// A kernel with pages of so many bytes, as a power of two, that grants everything.
    #[must_use]
    pub fn with_pages(page_shift: u32) -> Self {
        let mut fake = Self::default();
        fake.page_shift = page_shift;
        fake
    }

    #[track_caller]
    fn assert_pages(&self, at: usize, n: usize) {
        let page = 1 << self.page_shift;
        assert!(at.is_multiple_of(page) && n.is_multiple_of(page), "{at:#x}, {n:#x}: whole pages");
        assert!(n > 0, "no empty range");
    }
}

impl Os for Fake {
    fn page_shift(&self) -> u32 {
        self.page_shift
    }

    fn place(&mut self, at: usize, n: usize, _: usize) -> Result<usize, Error> {
        let base = self.memory.addr();
        if at == 0 || at == base {
            self.map(base, n).map(|()| base)
        } else {
            Err(Error::ForeignBreak)
        }
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        assert_eq!(at, self.memory.addr() + self.mapped, "the segment grows at its end");
        self.assert_pages(at, n);
        if self.grants == 0 {
            return Err(self.refusal);
        }
        if self.mapped + n > ROOM {
            return Err(Error::NoMem);
        }
        self.grants -= 1;
        self.mapped += n;
        Ok(())
    }

    unsafe fn unmap(&mut self, at: usize, n: usize) {
        assert_eq!((at, n), (self.memory.addr(), self.mapped), "the segment goes as a whole");
        // SAFETY: the memory is this kernel's own.
        unsafe { self.memory.write_bytes(0, n) };
        self.mapped = 0;
    }

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        let layout = |n| Layout::from_size_align(n, 4096).unwrap();
        let mut to = 0;
        if new != 0 {
            if self.grants == 0 {
                return Err(self.refusal);
            }
            // SAFETY: the layout is not empty.
            to = unsafe { alloc_zeroed(layout(new)) }.expose_provenance();
            let from = crate::addr::pointer::<u8>(at);
            // SAFETY: both have as many bytes, and are different allocations.
            unsafe { crate::addr::pointer::<u8>(to).copy_from_nonoverlapping(from, old.min(new)) };
        }
        if old != 0 {
            // SAFETY: allocated here with this layout.
            unsafe { dealloc(crate::addr::pointer(at), layout(old)) };
        }
        Ok(to)
    }

    fn is_mapped(&self, at: usize) -> Option<bool> {
        Some(at >= self.memory.addr() && at < self.memory.addr() + self.mapped)
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        let offset = at - self.memory.addr();
        assert!(offset + n <= self.mapped, "a hint stays in the segment");
        if hint != Hint::HugePage {
            self.assert_pages(at, n);
        }
        self.hints.push((hint, offset, n));
        if self.refused_hint == Some(hint) {
            return Err(Error::NoMem);
        }
        if hint == Hint::Release {
            // SAFETY: the range is mapped, and its contents are forfeit.
            unsafe { crate::addr::clear(at, n) };
        }
        Ok(())
    }

    fn resident(&self, _: usize, n: usize) -> usize {
        n
    }
}
