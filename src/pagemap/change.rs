//! Pages that become free, and pages that are free no more.

use super::bits::{CHUNK, WORDS, first_bit, in_one_word, last_bit, set_bits, short};
use super::summary::{Summary, summary_of_bits};
use super::{PageMap, chunks, in_one_chunk};

/// Most chunks at a time whose `max` is stale, too large: it is set right when a
/// search has come in vain, which no search does more often than this.
const MAX_STALE: usize = 16;

impl PageMap {
    /// Whether a page is free.
    #[must_use]
    pub fn is_free(&self, page: usize) -> bool {
        self.chunk(page / CHUNK).free[page % CHUNK / 64] >> (page % 64) & 1 == 1
    }

    /// The pages `[from, to)`, which are free, are a region from now on. For a map
    /// whose summaries are not kept: [`Self::sum_up`] of all that is free has to come
    /// before anything is searched.
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
        if any == 0 || !self.is_stale(node) && self.stale == MAX_STALE {
            return self.refresh(node);
        }
        // Where a run gets shorter, which one is the longest takes a look at all.
        // Most often nobody needs to know before it changes again.
        self.set_stale(node, true);
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
            self.set_stale(node, false);
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
}
