//! A kernel with mappings of others in it, and with memory that really cannot be
//! accessed before it is opened: who touches it gets SIGSEGV.

use gosbrk::Error;
use gosbrk::os::{Hint, Os};
use std::ptr::with_exposed_provenance_mut as pointer;

/// Address space of the test's own.
const ROOM: usize = 4 << 30;
/// Alignment of a segment.
pub const ALIGN: usize = 64 << 20;

const READ_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;

/// The kernel.
#[derive(Debug)]
pub struct Kernel {
    room: usize,
    base: usize,
    mapped: usize,
    /// Ranges of others, ascending, none in another: addresses.
    taken: Vec<(usize, usize)>,
    /// Mappings still granted.
    pub grants: usize,
    /// Changes of protection still granted.
    pub changes: usize,
}

impl Default for Kernel {
    fn default() -> Self {
        let room = mmap(0, ROOM + ALIGN, libc::PROT_NONE, 0);
        let base = room.next_multiple_of(ALIGN);
        let (grants, changes) = (usize::MAX, usize::MAX);
        Self { room, base, mapped: base, taken: Vec::new(), grants, changes }
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        // SAFETY: this test's own, and its layer is gone.
        unsafe { libc::munmap(pointer(self.room), ROOM + ALIGN) };
    }
}

impl Kernel {
    /// Puts something of somebody else's at an address, if it is free.
    pub fn take(&mut self, at: usize, n: usize) -> bool {
        let room = at >= self.mapped && at + n <= self.base + ROOM;
        let free = room && self.taken.iter().all(|&(from, to)| at + n <= from || to <= at);
        if free {
            self.taken.push((at, at + n));
            self.taken.sort_unstable();
        }
        free
    }

    /// Where a segment will be.
    pub const fn base(&self) -> usize {
        self.base
    }

    fn grow(&mut self, at: usize, n: usize, protection: i32) -> Result<(), Error> {
        assert!(at >= self.mapped, "a segment grows at its end");
        if self.taken.iter().any(|&(from, to)| at < to && from < at + n) {
            return Err(Error::ForeignBreak);
        }
        if self.grants == 0 || at + n > self.base + ROOM {
            return Err(Error::NoMem);
        }
        self.grants -= 1;
        self.mapped = at + n;
        mmap(at, n, protection, libc::MAP_FIXED);
        Ok(())
    }
}

impl Os for Kernel {
    fn place(&mut self, _: usize, n: usize, _: usize) -> Result<usize, Error> {
        self.map(self.base, n).map(|()| self.base)
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        self.grow(at, n, READ_WRITE)
    }

    fn map_closed(&mut self, at: usize, n: usize) -> Result<(), Error> {
        self.grow(at, n, libc::PROT_NONE)
    }

    fn obstacle(&mut self, from: usize, to: usize) -> Result<Option<(usize, usize)>, Error> {
        let mut found: Option<(usize, usize)> = None;
        for &(start, end) in self.taken.iter().filter(|&&(_, end)| end > from) {
            match found {
                None if start < to => found = Some((start.max(from), end)),
                Some((first, last)) if start == last => found = Some((first, end)),
                _ => break,
            }
        }
        Ok(found)
    }

    unsafe fn unmap(&mut self, _: usize, _: usize) {}

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        if new <= old {
            return Ok(at);
        }
        assert_eq!(old, 0, "the records are made anew");
        Ok(mmap(0, new, READ_WRITE, 0))
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        let protection = match hint {
            Hint::Release | Hint::Access => READ_WRITE,
            Hint::Fault => libc::PROT_NONE,
            _ => return Ok(()),
        };
        if self.changes == 0 {
            return Err(Error::NoMem);
        }
        self.changes -= 1;
        assert!(self.taken.iter().all(|&(from, to)| at + n <= from || to <= at), "foreign");
        mmap(at, n, protection, libc::MAP_FIXED);
        Ok(())
    }

    fn resident(&self, _: usize, _: usize) -> usize {
        0
    }
}

fn mmap(at: usize, n: usize, protection: i32, flags: i32) -> usize {
    let flags = flags | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: anywhere, or inside the room of this kernel.
    let got = unsafe { libc::mmap(pointer(at), n, protection, flags, -1, 0) };
    assert!(got != libc::MAP_FAILED && (at == 0 || got.addr() == at), "{n} bytes at {at:#x}");
    got.expose_provenance()
}
