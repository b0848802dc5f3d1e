//! What can be wrong with free memory, and what it is called: Go's `memCheck`.

use super::Freelist;
use crate::addr;
use crate::error::Error;
use crate::memhdr::{self, HEADER, MemHdr, MemHdrPtr};

/// What `memCheck` can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A block links to itself.
    InfiniteLoop {
        /// Its address.
        block: usize,
    },
    /// A block links downwards.
    Unordered {
        /// Its address.
        block: usize,
        /// Where it links to.
        next: usize,
    },
    /// A block runs into the one it links to.
    Overlapping {
        /// Its address.
        block: usize,
        /// Its size.
        size: usize,
        /// Address of the next.
        next: usize,
    },
    /// Free memory is not zero.
    Uninitialised {
        /// Address of the first word that is not.
        addr: usize,
    },
    /// A header is possible, but not what it was left as.
    Overwritten {
        /// The block's address.
        block: usize,
    },
}

impl Fault {
    /// What is wrong with a header that is not what it was left as.
    const fn of_header(block: usize, found: MemHdr) -> Self {
        let (next, size) = (found.next.addr(), found.size);
        if next == block {
            Self::InfiniteLoop { block }
        } else if next != 0 && next < block {
            Self::Unordered { block, next }
        } else if next != 0 && next - block < size {
            Self::Overlapping { block, size, next }
        } else {
            Self::Overwritten { block }
        }
    }

    /// The error a call gives on it.
    #[must_use]
    pub const fn error(self) -> Error {
        match self {
            Self::Uninitialised { .. } => Error::Dirty,
            _ => Error::Corrupt,
        }
    }

    /// What it is called: Go's own words where Go has a check for it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::InfiniteLoop { .. } => "mem: infinite loop",
            Self::Unordered { .. } => "mem: unordered list",
            Self::Overlapping { .. } => "mem: overlapping blocks",
            Self::Uninitialised { .. } => "mem: uninitialised memory",
            Self::Overwritten { .. } => "mem: header overwritten",
        }
    }
}

impl Freelist {
    /// Go's `memCheck`, whole: Go looks at every block but the last. Compares
    /// every header with the map, and every byte of every block with zero. There is
    /// nothing to look at where free memory cannot be accessed.
    ///
    /// # Errors
    /// The first fault found, from the lowest address up.
    ///
    /// # Safety
    /// As [`Self::mem_alloc_no_grow`].
    pub unsafe fn mem_check(&self) -> Result<(), Fault> {
        let mut blocks = self.iter().filter(|_| !self.headerless).peekable();
        while let Some(block) = blocks.next() {
            let next = MemHdrPtr::at(blocks.peek().map_or(0, |next| next.addr));
            // SAFETY: the block is free, so it is the caller's to read.
            let found = unsafe { memhdr::load(block.addr) };
            if found != (MemHdr { next, size: block.size }) {
                return Err(Fault::of_header(block.addr, found));
            }
            // SAFETY: as above.
            unsafe { check_zero(block.addr + HEADER, block.size - HEADER) }?;
        }
        Ok(())
    }
}

/// Checks that a range reads as zero.
///
/// # Errors
/// [`Fault::Uninitialised`] with the first word that does not.
///
/// # Safety
/// As [`addr::first_dirty_word`].
pub unsafe fn check_zero(at: usize, n: usize) -> Result<(), Fault> {
    // SAFETY: the caller's promise.
    match unsafe { addr::first_dirty_word(at, n) } {
        None => Ok(()),
        Some(addr) => Err(Fault::Uninitialised { addr }),
    }
}
