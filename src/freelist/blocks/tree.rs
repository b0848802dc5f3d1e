//! Blocks found by the tree of summaries, and the ways there from the table and back.
//!
//! In functions of their own, so that the short way by the table stays short.

use super::{Block, Blocks};
use crate::freelist::table::CAPACITY;

/// Most free pages with which blocks go from the tree to the table: the step is
/// work for each 512 of them.
const TABLE_PAGES: usize = 8192;

impl Blocks {
    /// From now on the tree is used however few there are.
    pub fn search_by_tree(&mut self) {
        self.always_by_tree = true;
        if !self.by_tree {
            self.enter_tree();
        }
    }

    /// Whether they are searched by the tree now.
    #[cfg(test)]
    pub const fn is_by_tree(&self) -> bool {
        self.by_tree
    }

    /// Begins to search by the tree.
    #[cold]
    pub(super) fn enter_tree(&mut self) {
        for block in self.table.all() {
            self.map.sum_up(self.page(block.addr), self.page(block.end()));
        }
        self.by_tree = true;
    }

    /// Begins to search in the table, if there are so few blocks that there is time
    /// until they are many again, and in as few pages.
    pub(super) fn may_leave_tree(&mut self) {
        let few = self.count <= CAPACITY / 2 && self.bytes >> self.page_shift <= TABLE_PAGES;
        if few && !self.always_by_tree {
            self.leave_tree();
        }
    }

    #[cold]
    fn leave_tree(&mut self) {
        self.table.clear();
        let mut from = self.base;
        while let Some(block) = self.at_or_above(from) {
            from = block.end();
            self.table.insert(self.table.all().len(), block);
        }
        for block in self.table.all() {
            self.map.forget_sums(self.page(block.addr), self.page(block.end()));
        }
        self.by_tree = false;
    }

    /// Makes the summaries anew from the bits, whatever they were, of a heap that
    /// ends at `end`. Blocks are searched by them until [`Blocks::recount`].
    pub fn rebuild(&mut self, end: usize) {
        self.map.rebuild(self.page(end));
        self.by_tree = true;
    }

    /// Counts the blocks, after [`Blocks::rebuild`], and puts a few into the table.
    pub fn recount(&mut self) {
        (self.count, self.bytes) =
            self.iter().fold((0, 0), |(count, bytes), block| (count + 1, bytes + block.size));
        self.may_leave_tree();
    }

    #[inline(never)]
    pub(super) fn lowest_fit_by_tree(&mut self, n: usize) -> Option<Block> {
        let page = self.map.lowest_run(n >> self.page_shift)?;
        let end = self.map.end_of_run(page);
        Some(self.block(page, end))
    }

    #[inline(never)]
    pub(super) fn below_by_tree(&self, addr: usize) -> Option<Block> {
        let last = self.map.prev_free(self.page(addr))?;
        let from = self.map.start_of_run(last + 1);
        Some(self.block(from, last + 1))
    }

    #[inline(never)]
    pub(super) fn at_or_above_by_tree(&self, addr: usize) -> Option<Block> {
        let from = self.map.next_free(self.page(addr))?;
        let end = self.map.end_of_run(from);
        Some(self.block(from, end))
    }

    const fn block(&self, from: usize, to: usize) -> Block {
        Block { addr: self.addr(from), size: (to - from) << self.page_shift }
    }
}
