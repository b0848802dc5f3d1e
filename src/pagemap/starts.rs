//! Where regions start: a bit for each page, with no summaries over them.

use super::bits::{CHUNK, first_bit, has_set, in_one_word, set_bits};
use super::summary::FANOUT;
use super::{LEAF_PAGES, PageMap, chunks, in_one_chunk};

impl PageMap {
    /// The first page in `[from, to)` where a region starts.
    #[must_use]
    pub fn next_start(&self, from: usize, to: usize) -> Option<usize> {
        if from == to {
            return None;
        }
        // Most regions are small, and none starts inside.
        if let Some(mask) = in_one_word(from, to) {
            let quiet = |word: u64| word & mask == 0;
            let touched = self.is_touched(from / LEAF_PAGES);
            if touched && quiet(self.chunk(from / CHUNK).start[from % CHUNK / 64]) {
                return None;
            }
        }
        self.next_start_far(from, to)
    }

    /// The same, wherever it is.
    #[inline(never)]
    fn next_start_far(&self, from: usize, to: usize) -> Option<usize> {
        let mut page = from;
        while page < to {
            let leaf = page / LEAF_PAGES;
            if !self.is_touched(leaf) {
                page = (leaf + 1) * LEAF_PAGES;
                continue;
            }
            let node = page / CHUNK;
            let found = node * CHUNK + first_bit(&self.chunk(node).start, page % CHUNK, 0);
            if found < (node + 1) * CHUNK {
                return Some(found).filter(|&found| found < to);
            }
            page = (node + 1) * CHUNK;
        }
        None
    }

    /// Whether a region starts at a page.
    #[must_use]
    pub fn is_start(&self, page: usize) -> bool {
        self.chunk(page / CHUNK).start[page % CHUNK / 64] >> (page % 64) & 1 == 1
    }

    /// A region starts at `page` from now on.
    pub fn set_start(&mut self, page: usize) {
        self.chunk_mut(page / CHUNK).start[page % CHUNK / 64] |= 1 << (page % 64);
    }

    /// No region starts at `page` from now on.
    pub fn clear_start(&mut self, page: usize) {
        self.chunk_mut(page / CHUNK).start[page % CHUNK / 64] &= !(1 << (page % 64));
    }

    /// What is not free at `page` is a region from there on. Nearly always it is known:
    /// one look at both bits, and no store.
    pub fn begin_rest(&mut self, page: usize) {
        let (word, bit) = (page % CHUNK / 64, 1 << (page % 64));
        let chunk = self.chunk(page / CHUNK);
        if (chunk.free[word] | chunk.start[word]) & bit == 0 {
            self.chunk_mut(page / CHUNK).start[word] |= bit;
        }
    }

    /// No region starts in `[from, to)` from now on.
    pub fn clear_starts(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        // Nearly always one, for which there is no loop to set up.
        if let Some((node, from, to)) = in_one_chunk(from, to) {
            return self.clear_starts_in(node, from, to);
        }
        for (node, from, to) in chunks(from, to) {
            self.clear_starts_in(node, from, to);
        }
    }

    fn clear_starts_in(&mut self, node: usize, from: usize, to: usize) {
        // Read first, if at all: one bit may stand for many leaves.
        if self.is_touched(node / FANOUT) && has_set(&self.chunk(node).start, from, to) {
            set_bits(&mut self.chunk_mut(node).start, from, to, false);
        }
    }
}
