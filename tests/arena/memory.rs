//! An operating system that a test brings along: address space taken from the
//! kernel once, so that a heap costs no system call; it grants everything.

use gosbrk::Error;
use gosbrk::os::{Hint, Os};
use std::cell::Cell;
use std::ptr::{null_mut, with_exposed_provenance_mut as pointer};
use std::rc::Rc;

/// Most memory that a segment can have here.
const ROOM: usize = if cfg!(miri) { 1 << 20 } else { 1 << 30 };
/// Alignment of a segment here: more than any test asks of a reservation that
/// is to be had.
const ALIGN: usize = if cfg!(miri) { 1 << 20 } else { 64 << 20 };
/// From here on the kernel clears what a segment leaves behind.
const LARGE: usize = 4 << 20;

/// The system. Its memory is never given back: a test has a few of them.
#[derive(Debug)]
pub struct Memory {
    base: usize,
    mapped: usize,
    hints: Rc<Cell<u64>>,
}

impl Memory {
    /// A system that counts the hints it gets.
    pub fn that_counts(hints: &Rc<Cell<u64>>) -> Self {
        Self { hints: Rc::clone(hints), ..Self::default() }
    }
}

impl Default for Memory {
    fn default() -> Self {
        let at = map(ROOM + ALIGN);
        Self { base: at.next_multiple_of(ALIGN), mapped: 0, hints: Rc::default() }
    }
}

impl Os for Memory {
    fn place(&mut self, at: usize, n: usize, _: usize) -> Result<usize, Error> {
        if at == 0 || at == self.base {
            self.map(self.base, n).map(|()| self.base)
        } else {
            Err(Error::ForeignBreak)
        }
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        assert_eq!(at, self.base + self.mapped, "a segment grows at its end");
        if n > ROOM - self.mapped {
            return Err(Error::NoMem);
        }
        if self.mapped + n >= LARGE {
            // Each script touches all of it again: that is a fault for 512 pages, not for one.
            // SAFETY: anonymous memory of this system's own; it only says how to get it.
            unsafe { libc::madvise(pointer(at), n, libc::MADV_HUGEPAGE) };
        }
        self.mapped += n;
        Ok(())
    }

    unsafe fn unmap(&mut self, at: usize, n: usize) {
        assert_eq!((at, n), (self.base, self.mapped), "a segment goes as a whole");
        clear(at, n);
        self.mapped = 0;
    }

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        match (old, new) {
            (0, 0) => Ok(0),
            (0, _) => Ok(map(new)),
            (_, 0) => {
                // SAFETY: mapped here, and nobody uses it any more.
                unsafe { libc::munmap(pointer(at), old) };
                Ok(0)
            }
            _ => {
                // SAFETY: as above.
                let to = unsafe { libc::mremap(pointer(at), old, new, libc::MREMAP_MAYMOVE) };
                assert_ne!(to, libc::MAP_FAILED);
                Ok(to.expose_provenance())
            }
        }
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        assert!(at >= self.base && at + n <= self.base + self.mapped, "hints stay in the segment");
        self.hints.set(self.hints.get() + 1);
        if matches!(hint, Hint::Release | Hint::Fault) {
            release(at, n);
        }
        Ok(())
    }

    fn resident(&self, _: usize, _: usize) -> usize {
        0
    }
}

fn map(n: usize) -> usize {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // Miri knows no others.
    let lazy = if cfg!(miri) { 0 } else { libc::MAP_NORESERVE };
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | lazy;
    // SAFETY: a new mapping, wherever there is room.
    let at = unsafe { libc::mmap(null_mut(), n, protection, flags, -1, 0) };
    assert_ne!(at, libc::MAP_FAILED);
    at.expose_provenance()
}

fn clear(at: usize, n: usize) {
    if n >= LARGE {
        release(at, n);
    } else {
        // SAFETY: mapped here, and nobody uses it any more.
        unsafe { pointer::<u8>(at).write_bytes(0, n) };
    }
}

fn release(at: usize, n: usize) {
    // SAFETY: anonymous memory of this system's own, which reads as zero then.
    assert_eq!(unsafe { libc::madvise(pointer(at), n, libc::MADV_DONTNEED) }, 0);
}
