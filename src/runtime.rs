//! [`Sbrk`]: Go's `sys…OS` functions over one break and one free list.
//!
//! A region of memory is in one of the four states of Go's `mem.go`: None (not
//! the caller's), Reserved, Prepared, Ready (may be accessed). This layer knows
//! no difference between the last three unless the advice is
//! [`Advice::Os`], when `sysFaultOS` makes one.
//!
//! Every function first looks at its arguments and only then stores anything,
//! so a call that fails has changed nothing. Sizes are bytes. None of them
//! locks: an instance has one user at a time, and the process-wide instance is
//! behind [`memlock`](crate::memlock).

mod aligned;
mod allocate;
mod foreign;
mod free;
mod hints;
mod inspect;
mod segment;
#[cfg(test)]
mod tests;

use crate::brk::Brk;
use crate::config::{Access, Advice, Check};
use crate::error::Error;
use crate::freelist::Freelist;
use crate::names::Names;
use crate::os::Os;

/// One sbrk memory layer: the state that Go keeps in the variables of
/// `mem_sbrk.go`.
#[derive(Debug)]
pub struct Sbrk<O> {
    os: O,
    brk: Brk,
    freelist: Freelist,
    names: Names,
    advice: Advice,
    check: Check,
    access: Access,
    /// Bytes handed out and not freed.
    in_use: usize,
    /// Address of what [`Sbrk::sys_alloc_os`] gave last: when it comes back first, it
    /// is likely to be in the processor's caches still. A guess, so it outlives a
    /// segment.
    last: usize,
    /// Whether any range may have been made inaccessible.
    faulted: bool,
    /// Whether a header was found overwritten: from then on nothing is given.
    poisoned: bool,
    refusals: u64,
}

/// Counters of one layer. All sizes are bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Handed out and not freed.
    pub in_use: usize,
    /// On the free list.
    pub free: usize,
    /// Blocks on the free list.
    pub free_blocks: usize,
    /// Most the segment ever held, which is what it holds now: it never shrinks.
    pub high_water: usize,
    /// In physical memory now; 0 also where that cannot be told.
    pub resident: usize,
    /// Mapped for the layer's own records, outside the segment.
    pub metadata: usize,
    /// Times the memory grew.
    pub growths: u64,
    /// Calls that failed or were refused.
    pub refusals: u64,
}

/// Memory that `sysReserveAlignedSbrk` gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Its address, a multiple of the alignment.
    pub addr: usize,
    /// Its bytes.
    pub size: usize,
}

impl<O: Os> Sbrk<O> {
    /// A layer without a segment: every call fails with [`Error::NoMem`] until
    /// [`Sbrk::init`].
    pub const fn new(os: O) -> Self {
        Self {
            os,
            brk: Brk::new(),
            freelist: Freelist::new(),
            names: Names::new(),
            advice: Advice::Go,
            check: Check::Fast,
            access: Access::Always,
            in_use: 0,
            last: 0,
            faulted: false,
            poisoned: false,
            refusals: 0,
        }
    }

    /// Searches free blocks by the tree of summaries from now on, as the layer does when
    /// there are many, however few there are. Every answer is the same, to the last
    /// bit; small heaps are slower. For proofs of just that, and for measurements.
    pub fn search_by_tree(&mut self) {
        self.freelist.search_by_tree();
    }

    /// The operating system.
    pub const fn os_mut(&mut self) -> &mut O {
        &mut self.os
    }

    /// Checks that `[v, v+n)` lies inside what can be handed out.
    fn inside(&self, v: usize, n: usize) -> Result<(), Error> {
        match v.checked_add(n) {
            Some(end) if v >= self.brk.start() && end <= self.brk.top() => Ok(()),
            _ => Err(Error::Range),
        }
    }

    /// The checks that every call with a size has in common; gives the size in
    /// whole pages.
    fn checked_size(&self, n: usize) -> Result<usize, Error> {
        if self.brk.base() == 0 {
            return Err(Error::NoMem);
        }
        if n == 0 {
            return Err(Error::Zero);
        }
        let rounded = self.brk.mem_round(n)?;
        if self.poisoned { Err(Error::Corrupt) } else { Ok(rounded) }
    }

    fn counted<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        match result {
            Ok(_) => {}
            Err(error) => {
                self.refusals += 1;
                self.poisoned |= error == Error::Corrupt;
            }
        }
        result
    }
}
