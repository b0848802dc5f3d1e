//! The upkeep of the summaries.

use super::bits::CHUNK;
use super::summary::{FANOUT, Summary, summary_of_bits, summary_of_group};
use super::{LEVELS, PageMap, chunks, span};

impl PageMap {
    /// Makes the map one of `pages` pages and all summaries anew from the bits,
    /// whatever they were.
    pub fn rebuild(&mut self, pages: usize) {
        self.pages = pages;
        self.lowest = 0;
        self.highest = pages;
        self.longest = pages;
        self.stale = 0;
        self.touched = !0;
        self.top = 0;
        while self.nodes(self.top) > FANOUT {
            self.top += 1;
        }
        for (node, ..) in chunks(0, pages) {
            self.set_stale(node, false);
            let sum = summary_of_bits(&self.chunk(node).free);
            self.set_sum(0, node, sum);
        }
        if pages > 0 {
            self.summarise_above(0, (pages - 1) / CHUNK, true);
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
            self.set_stale(node, false);
            self.set_sum(0, node, Summary::default());
        }
        self.summarise_above(from / CHUNK, (to - 1) / CHUNK, false);
    }

    pub(super) fn is_stale(&self, node: usize) -> bool {
        self.leaf(node / FANOUT).stale >> (node % FANOUT) & 1 == 1
    }

    pub(super) fn set_stale(&mut self, node: usize, stale: bool) {
        if self.is_stale(node) != stale {
            self.leaf_mut(node / FANOUT).stale ^= 1 << (node % FANOUT);
            self.stale = if stale { self.stale + 1 } else { self.stale.saturating_sub(1) };
        }
    }

    /// Makes the summary of a chunk anew, and those above it that change with it.
    pub(super) fn refresh(&mut self, node: usize) {
        self.set_stale(node, false);
        self.update(node, summary_of_bits(&self.chunk(node).free));
    }

    /// Sets the summary of a chunk, and those above it that change with it.
    pub(super) fn update(&mut self, node: usize, sum: Summary) {
        if self.set_sum(0, node, sum) && self.top > 0 {
            self.summarise_above(node, node, false);
        }
    }

    /// Brings the summaries above some chunks that have changed up to date: those
    /// above one that has not changed have not either, unless `all` says that they
    /// may be wrong.
    pub(super) fn summarise_above(&mut self, mut low: usize, mut high: usize, all: bool) {
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
}
