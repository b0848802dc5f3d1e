//! What every page is, kept out of band: free or not, and where regions start.
//!
//! Two bits a page, and over them a radix tree of summaries as in Go's own page
//! allocator (`mpagealloc.go`): of each stretch of pages, how many are free in a
//! row at its start, at most anywhere in it, and at its end. So the lowest run of
//! at least `n` free pages, the ends of a run, and the runs before and after a
//! page are found in a number of steps that grows with the logarithm of the
//! heap, and nothing that a caller can write to is believed.
//!
//! ```text
//! level 1   [ leaf 0: start max end ] [ leaf 1 ] …                 16 to a group
//! level 0   [ chunk 0 ] [ chunk 1 ] … [ chunk 15 ] | [ chunk 16 ] …
//! bits      512 pages   512 pages
//! ```
//! A leaf of 4096 bytes has the bits of 16 chunks, and their summaries; the
//! summaries of higher levels stand in the first leaf of the group they are
//! about. With pages of 4096 bytes a leaf covers 32 MiB, so the map is 1/8192 of
//! the heap. The first leaf is part of the map itself: a small heap needs no
//! mapping for it. All zero says that nothing is free and nothing starts, so
//! what is handed out once and for all never touches its leaves.

mod bits;
mod seek;
mod starts;
mod summary;
#[cfg(test)]
mod tests;

use crate::addr::{copy, first_dirty_word, pointer};
use crate::error::Error;
use crate::journal::in_order;
use crate::os::Os;
use bits::{Bits, CHUNK, WORDS, first_bit, in_one_word, last_bit, set_bits, short};
use summary::{FANOUT, Summary, summary_of_bits, summary_of_group};

/// Levels of summaries: enough for 2^32 pages.
const LEVELS: usize = 6;
/// Most pages that the map can tell apart: 16 TiB of 4096 bytes each.
pub const MAX_PAGES: usize = u32::MAX as usize;
/// Bytes of a leaf, and pages of the heap that it covers.
const LEAF_BYTES: usize = 4096;
const LEAF_PAGES: usize = CHUNK * FANOUT;

/// The bits of one chunk.
#[derive(Debug)]
#[repr(C)]
struct Chunk {
    /// Set: the page is free, which is to say in a block of the free list.
    free: Bits,
    /// Set: a region starts at the page. Above the break it marks where a region
    /// was that has been given back to it.
    start: Bits,
}

/// Most chunks whose `max` may be too large at a time: it is set right when a
/// search has come in vain, which no search does more often than this.
const LATE_MOST: usize = 16;

/// One page of the map. `sums[k]` summarises the nodes of level `k` in the group
/// that this leaf is the first of, if it is.
#[derive(Debug)]
#[repr(C)]
struct Leaf {
    chunks: [Chunk; FANOUT],
    sums: [[Summary; FANOUT]; LEVELS],
    /// A bit for each chunk: set, if its `max` may be too large.
    late: u32,
}

const _: () = assert!(size_of::<Leaf>() <= LEAF_BYTES);

impl Leaf {
    const EMPTY: Self = Self {
        chunks: [const { Chunk { free: [0; WORDS], start: [0; WORDS] } }; FANOUT],
        sums: [[Summary { start: 0, max: 0, end: 0 }; FANOUT]; LEVELS],
        late: 0,
    };
}

/// The map of one heap. Pages are numbered from its base.
///
/// While its summaries are not kept ([`PageMap::mark_free`]), only its bits are right.
#[derive(Debug)]
pub struct PageMap {
    first: Leaf,
    /// Address of the second leaf, and of those after it; 0: there is none.
    more: usize,
    /// Leaves that there is room for, besides the first one.
    more_leaves: usize,
    /// Pages in use: the summaries of what lies above are not looked at.
    pages: usize,
    /// The level whose nodes are all in one group.
    top: usize,
    /// No page below this one is free.
    lowest: usize,
    /// No page at or above this one is free.
    highest: usize,
    /// No more pages than these are free in a row, as far as is known.
    longest: usize,
    /// How many chunks are late.
    late: usize,
    /// Which leaves were ever written to: a bit for each `1 << touched_shift`.
    touched: u64,
    touched_shift: u32,
}

impl PageMap {
    /// A map of the pages that the first leaf covers.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            first: Leaf::EMPTY,
            more: 0,
            more_leaves: 0,
            pages: 0,
            top: 0,
            lowest: 0,
            highest: 0,
            longest: 0,
            late: 0,
            touched: 0,
            touched_shift: 0,
        }
    }

    /// Forgets everything and gives back what was mapped.
    ///
    /// # Safety
    /// `os` is the one that [`PageMap::cover`] was called with.
    pub unsafe fn reset<O: Os>(&mut self, os: &mut O) {
        // SAFETY: the caller's promise.
        unsafe { self.trim(os, 0) };
        // In place: a whole leaf would be much for a small stack.
        for chunk in &mut self.first.chunks {
            chunk.free = [0; WORDS];
            chunk.start = [0; WORDS];
        }
        for sums in &mut self.first.sums {
            *sums = [Summary::default(); FANOUT];
        }
        self.first.late = 0;
        self.pages = 0;
        self.top = 0;
        self.lowest = 0;
        self.highest = 0;
        self.longest = 0;
        self.late = 0;
        self.touched = 0;
        self.touched_shift = 0;
    }

    /// Bytes that the map takes besides the first leaf.
    #[must_use]
    pub const fn mapped(&self) -> usize {
        self.more_leaves * LEAF_BYTES
    }

    /// Leaves that there is room for.
    const fn leaves(&self) -> usize {
        self.more_leaves + 1
    }

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

    /// Whether a leaf can have anything to say. To read one that was never touched
    /// costs a page fault.
    const fn is_touched(&self, leaf: usize) -> bool {
        leaf == 0 || self.touched >> (leaf >> self.touched_shift) & 1 == 1
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

    /// Makes the map one of `pages` pages and all summaries anew from the bits,
    /// whatever they were.
    pub fn rebuild(&mut self, pages: usize) {
        self.pages = pages;
        self.lowest = 0;
        self.highest = pages;
        self.longest = pages;
        self.late = 0;
        self.touched = !0;
        self.top = 0;
        while self.nodes(self.top) > FANOUT {
            self.top += 1;
        }
        for (node, ..) in chunks(0, pages) {
            self.set_late(node, false);
            let sum = summary_of_bits(&self.chunk(node).free);
            self.set_sum(0, node, sum);
        }
        if pages > 0 {
            self.summarise_above(0, (pages - 1) / CHUNK, true);
        }
    }

    /// Whether a page is free.
    #[must_use]
    pub fn is_free(&self, page: usize) -> bool {
        self.chunk(page / CHUNK).free[page % CHUNK / 64] >> (page % 64) & 1 == 1
    }

    /// The pages `[from, to)`, which are free, are a region from now on. For a map
    /// whose summaries are not kept: [`Self::sum_up`] of all that is free has to come
    /// before anything is sought.
    pub fn mark_region(&mut self, from: usize, to: usize) {
        if let Some(mask) = in_one_word(from, to) {
            let chunk = self.chunk_mut(from / CHUNK);
            chunk.free[from % CHUNK / 64] &= !mask;
            chunk.start[from % CHUNK / 64] |= 1 << (from % 64);
            return;
        }
        self.mark_all(from, to, false);
        self.set_start(from);
    }

    /// The pages `[from, to)`, a region or a part of one, are free from now on; as in
    /// [`Self::mark_region`].
    pub fn mark_free(&mut self, from: usize, to: usize) {
        if let Some(mask) = in_one_word(from, to) {
            let chunk = self.chunk_mut(from / CHUNK);
            chunk.free[from % CHUNK / 64] |= mask;
            chunk.start[from % CHUNK / 64] &= !(1 << (from % 64));
            return;
        }
        self.mark_all(from, to, true);
        self.clear_start(from);
    }

    /// Sets or clears the bits of pages in several words.
    #[inline(never)]
    fn mark_all(&mut self, from: usize, to: usize, free: bool) {
        for (node, from, to) in chunks(from, to) {
            set_bits(&mut self.chunk_mut(node).free, from, to, free);
        }
    }

    /// Makes the summaries of free pages, which were not kept.
    pub fn sum_up(&mut self, from: usize, to: usize) {
        self.lowest = self.lowest.min(from);
        self.highest = self.highest.max(to);
        self.longest = self.pages;
        for (node, ..) in chunks(from, to) {
            let sum = summary_of_bits(&self.chunk(node).free);
            self.set_sum(0, node, sum);
        }
        self.summarise_above(from / CHUNK, (to - 1) / CHUNK, false);
    }

    /// Keeps no summaries of some pages any more: they are what they are when none is
    /// free. Of all that is free, or of nothing.
    pub fn forget_sums(&mut self, from: usize, to: usize) {
        for (node, ..) in chunks(from, to) {
            self.set_late(node, false);
            self.set_sum(0, node, Summary::default());
        }
        self.summarise_above(from / CHUNK, (to - 1) / CHUNK, false);
    }

    /// The pages `[from, to)` are free from now on.
    pub fn set_free(&mut self, from: usize, to: usize) {
        self.lowest = self.lowest.min(from);
        self.highest = self.highest.max(to);
        let Some((node, from, to)) = in_one_chunk(from, to) else {
            self.longest = self.pages;
            return self.set_all(from, to, true);
        };
        set_bits(&mut self.chunk_mut(node).free, from, to, true);
        // The run that the pages are in now is all that can have grown.
        let bits = &self.chunk(node).free;
        let start =
            if from == 0 { 0 } else { last_bit(bits, from - 1, !0).map_or(0, |live| live + 1) };
        let end = if to == CHUNK { CHUNK } else { first_bit(bits, to, !0) };
        let inside = start > 0 && end < CHUNK;
        self.longest = if inside { self.longest.max(end - start) } else { self.pages };
        let sum = self.sum(0, node);
        self.update(
            node,
            Summary {
                start: if start == 0 { short(end) } else { sum.start },
                max: sum.max.max(short(end - start)),
                end: if end == CHUNK { short(CHUNK - start) } else { sum.end },
            },
        );
    }

    /// The pages `[from, to)` are not free from now on.
    pub fn clear_free(&mut self, from: usize, to: usize) {
        if from <= self.lowest && self.lowest < to {
            self.lowest = to;
        }
        if from < self.highest && self.highest <= to {
            self.highest = from;
        }
        let Some((node, from, to)) = in_one_chunk(from, to) else {
            return self.set_all(from, to, false);
        };
        set_bits(&mut self.chunk_mut(node).free, from, to, false);
        let any = self.chunk(node).free.iter().fold(0, |any, word| any | word);
        if any == 0 || !self.is_late(node) && self.late == LATE_MOST {
            return self.refresh(node);
        }
        // Where a run gets shorter, which one is the longest takes a look at all.
        // Most often nobody needs to know before it changes again.
        self.set_late(node, true);
        let sum = self.sum(0, node);
        self.update(
            node,
            Summary {
                start: sum.start.min(short(from)),
                max: sum.max,
                end: sum.end.min(short(CHUNK - to)),
            },
        );
    }

    /// The pages of several chunks are free from now on, or are not.
    fn set_all(&mut self, from: usize, to: usize, free: bool) {
        let mut changed = false;
        for (node, from, to) in chunks(from, to) {
            self.set_late(node, false);
            let sum = if to - from < CHUNK {
                set_bits(&mut self.chunk_mut(node).free, from, to, free);
                summary_of_bits(&self.chunk(node).free)
            } else {
                let (bits, all) = if free { (!0, short(CHUNK)) } else { (0, 0) };
                self.chunk_mut(node).free = [bits; WORDS];
                Summary { start: all, max: all, end: all }
            };
            changed |= self.set_sum(0, node, sum);
        }
        if changed {
            self.summarise_above(from / CHUNK, (to - 1) / CHUNK, false);
        }
    }

    fn is_late(&self, node: usize) -> bool {
        self.leaf(node / FANOUT).late >> (node % FANOUT) & 1 == 1
    }

    fn set_late(&mut self, node: usize, late: bool) {
        if self.is_late(node) != late {
            self.leaf_mut(node / FANOUT).late ^= 1 << (node % FANOUT);
            self.late = if late { self.late + 1 } else { self.late.saturating_sub(1) };
        }
    }

    /// Makes the summary of a chunk anew, and those above it that change with it.
    fn refresh(&mut self, node: usize) {
        self.set_late(node, false);
        self.update(node, summary_of_bits(&self.chunk(node).free));
    }

    /// Sets the summary of a chunk, and those above it that change with it.
    fn update(&mut self, node: usize, sum: Summary) {
        if self.set_sum(0, node, sum) && self.top > 0 {
            self.summarise_above(node, node, false);
        }
    }

    /// Brings the summaries above some chunks that have changed up to date: those
    /// above one that has not changed have not either, unless `all` says that they
    /// may be wrong.
    fn summarise_above(&mut self, mut low: usize, mut high: usize, all: bool) {
        for level in 0..self.top {
            let mut changed = all;
            (low, high) = (low / FANOUT, high / FANOUT);
            for node in low..=high {
                let children = &self.leaf(Self::leaf_of(level, node * FANOUT)).sums[level % LEVELS];
                let sum = summary_of_group(children, span(level));
                changed |= self.set_sum(level + 1, node, sum);
            }
            if !changed {
                return;
            }
        }
    }

    /// How many nodes a level has.
    fn nodes(&self, level: usize) -> usize {
        (self.pages + span(level) - 1) >> shift(level)
    }

    fn chunk(&self, node: usize) -> &Chunk {
        &self.leaf(node / FANOUT).chunks[node % FANOUT]
    }

    fn chunk_mut(&mut self, node: usize) -> &mut Chunk {
        &mut self.leaf_mut(node / FANOUT).chunks[node % FANOUT]
    }

    /// The leaf that has the summary of a node.
    fn leaf_of(level: usize, node: usize) -> usize {
        (node / FANOUT) << (4 * level)
    }

    fn sum(&self, level: usize, node: usize) -> Summary {
        self.leaf(Self::leaf_of(level, node)).sums[level % LEVELS][node % FANOUT]
    }

    /// Sets a summary; whether it was another.
    fn set_sum(&mut self, level: usize, node: usize, sum: Summary) -> bool {
        let to = &mut self.leaf_mut(Self::leaf_of(level, node)).sums[level % LEVELS][node % FANOUT];
        let changed = *to != sum;
        if changed {
            *to = sum;
        }
        changed
    }

    /// A leaf; the first one in place of one that there is not, which nobody
    /// asks for.
    fn leaf(&self, i: usize) -> &Leaf {
        debug_assert!(i < self.leaves());
        // Nearly always 0, which is found without a look at how many there are.
        if i == 0 || i > self.more_leaves {
            return &self.first;
        }
        // SAFETY: `cover` mapped so many. The kernel's zeros are a valid leaf.
        unsafe { &*pointer::<Leaf>(self.more + (i - 1) * LEAF_BYTES) }
    }

    /// The same, to be written to.
    fn leaf_mut(&mut self, i: usize) -> &mut Leaf {
        debug_assert!(i < self.leaves());
        if i == 0 || i > self.more_leaves {
            return &mut self.first;
        }
        self.touched |= 1 << (i >> self.touched_shift);
        // SAFETY: as in `leaf`, and the map is borrowed mutably.
        unsafe { &mut *pointer::<Leaf>(self.more + (i - 1) * LEAF_BYTES) }
    }
}

impl Default for PageMap {
    fn default() -> Self {
        Self::new()
    }
}

/// Pages that a node of a level covers.
const fn span(level: usize) -> usize {
    1 << shift(level)
}

/// The same as a power of two.
const fn shift(level: usize) -> usize {
    9 + 4 * level
}

const _: () = assert!(span(0) == CHUNK && span(1) == LEAF_PAGES);

/// The chunks that `[from, to)` is in, with what of each, counted from its first
/// page.
fn chunks(from: usize, to: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    let nodes = from / CHUNK..to.div_ceil(CHUNK);
    nodes.map(move |node| {
        let first = node * CHUNK;
        (node, from.max(first) - first, to.min(first + CHUNK) - first)
    })
}

/// Bits 0, 2, 4 and so on, moved together.
fn every_other_bit(word: u64) -> u64 {
    (0..32).fold(0, |bits, i| bits | (word >> (2 * i) & 1) << i)
}

/// The chunk that `[from, to)` is all in, if it is in one, and the pages counted
/// from its first.
const fn in_one_chunk(from: usize, to: usize) -> Option<(usize, usize, usize)> {
    let node = from / CHUNK;
    if to <= (node + 1) * CHUNK {
        Some((node, from - node * CHUNK, to - node * CHUNK))
    } else {
        None
    }
}
