//! How much of a heap the map covers, and the leaves it has for that.

use super::summary::{FANOUT, summary_of_group};
use super::{LEAF_BYTES, LEAF_PAGES, LEVELS, MAX_PAGES, PageMap, span};
use crate::addr::{copy, first_dirty_word};
use crate::error::Error;
use crate::journal::in_order;
use crate::os::Os;

impl PageMap {
    /// Makes the map one of `pages` pages. Of those that go, none is free; of
    /// those that come, none is free and no region starts there.
    ///
    /// # Errors
    /// [`Error::NoMem`]: more pages than the map can tell apart, or the system
    /// has no memory for it; never for fewer pages than before. Nothing has
    /// changed.
    pub fn cover<O: Os>(&mut self, os: &mut O, pages: usize) -> Result<(), Error> {
        if pages > MAX_PAGES {
            return Err(Error::NoMem);
        }
        let leaves = pages.div_ceil(LEAF_PAGES);
        if leaves > self.leaves() {
            // With some to spare: a map that moves copies all that it knows.
            self.grow(os, leaves + leaves / 4)?;
        }
        self.pages = pages;
        self.highest = self.highest.min(pages);
        while self.top > 0 && self.nodes(self.top - 1) <= FANOUT {
            self.top -= 1;
        }
        // All that a new level has to tell is in the first group below it.
        while self.nodes(self.top) > FANOUT {
            let sum = summary_of_group(&self.first.sums[self.top % LEVELS], span(self.top));
            self.top += 1;
            self.set_sum(self.top, 0, sum);
        }
        Ok(())
    }

    /// Makes room for so many leaves. There is a whole map at every moment, for a
    /// child of fork to find: hence no `mremap`, which moves it before its new
    /// place can be noted.
    fn grow<O: Os>(&mut self, os: &mut O, leaves: usize) -> Result<(), Error> {
        let old = (self.more, self.mapped());
        // SAFETY: a new range.
        let more = unsafe { os.resize(0, 0, (leaves - 1) * LEAF_BYTES) }?;
        // Neither read nor written where there is nothing to say: what was never
        // touched stays so.
        for leaf in (1..self.leaves()).filter(|leaf| self.is_touched(*leaf)) {
            let at = (leaf - 1) * LEAF_BYTES;
            // SAFETY: the map's own.
            if unsafe { first_dirty_word(old.0 + at, LEAF_BYTES) }.is_some() {
                // SAFETY: as above, and the new place is nobody else's.
                unsafe { copy(old.0 + at, more + at, LEAF_BYTES) };
            }
        }
        while leaves > 64 << self.touched_shift {
            self.touched = every_other_bit(self.touched | self.touched >> 1);
            self.touched_shift += 1;
        }
        in_order();
        self.more = more;
        in_order();
        self.more_leaves = leaves - 1;
        // SAFETY: mapped here earlier, and nobody refers to it any more.
        unsafe { os.resize(old.0, old.1, 0) }.map(|_| ())
    }

    /// Gives back what is mapped beyond the first so many bytes, which is not
    /// needed for the pages that are covered.
    ///
    /// # Safety
    /// `os` is the one that [`PageMap::cover`] was called with.
    pub unsafe fn trim<O: Os>(&mut self, os: &mut O, bytes: usize) {
        let mapped = self.mapped();
        if mapped > bytes {
            self.more_leaves = bytes / LEAF_BYTES;
            in_order();
            // SAFETY: mapped by `grow`, and what goes is not looked at any more.
            self.more = unsafe { os.resize(self.more, mapped, bytes) }.unwrap_or(self.more);
        }
    }
}

/// Bits 0, 2, 4 and so on, moved together.
fn every_other_bit(word: u64) -> u64 {
    (0..32).fold(0, |bits, i| bits | (word >> (2 * i) & 1) << i)
}
