//! The kernel under a whole Go program: what is asked of it, and how, is what Go's
//! `mem_linux.go` asks. Opening or closing a range maps fresh pages over it; its contents
//! are lost.
//!
//! Nothing is recovered in a child of fork: a child of Go's forks calls nothing before it
//! becomes another program.

use super::arch::{HUGE_PAGE, PAGE_SHIFT};
use super::memory::{self, READ_WRITE};
use super::{Linux, error_of, page, proc};
use crate::addr;
use crate::error::Error;
use crate::os::{Hint, Os};

/// From so many bytes on a range that is freed is given back, and not cleared.
const RELEASE_FROM: usize = 128 << 10;

/// How far apart two places are tried where the kernel does not say what it has mapped,
/// at first; then twice as far, and so on.
const FIRST_STRIDE: usize = 1 << 20;

/// How many strides there are: the last one is half of the address space.
const STRIDES: u32 = 27;

/// The kernel, with its page, and what it said last when it refused a mapping.
#[derive(Debug)]
pub struct Whole {
    errno: i32,
    page_shift: u32,
}

impl Whole {
    /// A kernel that has refused nothing, with the largest pages until that is known
    /// better.
    #[must_use]
    pub const fn new() -> Self {
        Self { errno: 0, page_shift: page::MOST.trailing_zeros() }
    }

    /// Learns from the runtime how many bytes a page has, before there is a segment. False:
    /// no page has so many.
    #[must_use]
    pub fn set_page(&mut self, bytes: usize) -> bool {
        page::shift_of(bytes).inspect(|&shift| self.page_shift = shift).is_some()
    }

    /// The kernel's error number of the last mapping that it refused since this was
    /// asked; 0: none.
    pub fn take_errno(&mut self) -> i32 {
        core::mem::take(&mut self.errno)
    }

    fn noted(&mut self, done: Result<(), i32>) -> Result<(), Error> {
        done.map_err(|errno| {
            self.errno = errno;
            error_of(errno)
        })
    }
}

impl Default for Whole {
    fn default() -> Self {
        Self::new()
    }
}

impl Os for Whole {
    fn page_shift(&self) -> u32 {
        PAGE_SHIFT.unwrap_or(self.page_shift)
    }

    fn place(&mut self, at: usize, n: usize, _: usize) -> Result<usize, Error> {
        self.map(at, n).map(|()| at)
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        self.noted(memory::map(at, n, READ_WRITE))
    }

    fn map_closed(&mut self, at: usize, n: usize) -> Result<(), Error> {
        self.noted(memory::map(at, n, libc::PROT_NONE))
    }

    fn obstacle(&mut self, from: usize, to: usize) -> Result<Option<(usize, usize)>, Error> {
        if let Ok(found) = proc::obstacle(from, to) {
            return Ok(found);
        }
        // No /proc: the nearest place, by doubling distances, where as much is free as
        // is wanted. All below it counts as somebody else's.
        let strides = (0..STRIDES).map(|i| FIRST_STRIDE << i);
        for place in strides.map(|stride| from + stride) {
            if memory::map(place, to - from, libc::PROT_NONE).is_ok() {
                // SAFETY: mapped just now, and nobody has seen it.
                let _ = unsafe { memory::munmap(place, to - from) };
                return Ok(Some((from, place)));
            }
        }
        Err(Error::ForeignBreak)
    }

    unsafe fn unmap(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        unsafe { Linux.unmap(at, n) };
    }

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        // SAFETY: the caller's promise.
        let done = unsafe { memory::resize(at, old, new, self.page_shift()) };
        self.noted(done.map(|_| ()))?;
        Ok(done.unwrap_or(0))
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        // SAFETY of all: the range is the segment's, and where fresh pages take its place
        // its contents are forfeit: the runtime opens what it reserved, released or closed.
        let done = match hint {
            // SAFETY: as above.
            Hint::Release => unsafe { memory::release(at, n) },
            // SAFETY: as above.
            Hint::Access => unsafe { memory::replace(at, n, READ_WRITE) },
            // SAFETY: as above.
            Hint::Fault => unsafe { memory::replace(at, n, libc::PROT_NONE) },
            Hint::HugePage | Hint::NoHugePage | Hint::Collapse => {
                // SAFETY: as above.
                unsafe { memory::huge_pages(hint, at, n) };
                Ok(())
            }
        };
        self.noted(done)
    }

    /// Small things come to lie there, such as the runtime's tables, so a huge page would
    /// be mostly empty. The heap's own memory is where the runtime asks for one.
    fn skipped(&mut self, at: usize, n: usize) {
        if n >= HUGE_PAGE {
            // SAFETY: the range is the segment's; the hint changes no contents.
            unsafe { memory::huge_pages(Hint::NoHugePage, at, n) };
        }
    }

    unsafe fn clear(&mut self, at: usize, n: usize, _: bool) {
        // SAFETY: the caller's promise.
        if n < RELEASE_FROM || unsafe { memory::release(at, n) }.is_err() {
            // SAFETY: as above.
            unsafe { addr::clear(at, n) };
        }
    }

    fn resident(&self, at: usize, n: usize) -> usize {
        Linux.resident(at, n)
    }
}
