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
mod change;
mod cover;
mod search;
mod starts;
mod summary;
#[cfg(test)]
mod tests;
mod tree;

use crate::addr::pointer;
use crate::os::Os;
use bits::{Bits, CHUNK, WORDS};
use summary::{FANOUT, Summary};

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

/// One page of the map. `sums[k]` summarises the nodes of level `k` in the group
/// that this leaf is the first of, if it is.
#[derive(Debug)]
#[repr(C)]
struct Leaf {
    chunks: [Chunk; FANOUT],
    sums: [[Summary; FANOUT]; LEVELS],
    /// A bit for each chunk: set, if its `max` may be too large.
    stale: u32,
}

const _: () = assert!(size_of::<Leaf>() <= LEAF_BYTES);

impl Leaf {
    const EMPTY: Self = Self {
        chunks: [const { Chunk { free: [0; WORDS], start: [0; WORDS] } }; FANOUT],
        sums: [[Summary { start: 0, max: 0, end: 0 }; FANOUT]; LEVELS],
        stale: 0,
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
    /// How many chunks are stale.
    stale: usize,
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
            stale: 0,
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
        self.first.stale = 0;
        self.pages = 0;
        self.top = 0;
        self.lowest = 0;
        self.highest = 0;
        self.longest = 0;
        self.stale = 0;
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

    /// Whether a leaf can have anything to say. To read one that was never touched
    /// costs a page fault.
    const fn is_touched(&self, leaf: usize) -> bool {
        leaf == 0 || self.touched >> (leaf >> self.touched_shift) & 1 == 1
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
