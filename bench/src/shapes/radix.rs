//! The library's shape, asked as `freelist/blocks.rs` asks it by the tree, in the same order.

use super::{Block, Gap, Shape, Taken};
use gosbrk::os::linux::Linux;
use gosbrk::pagemap::PageMap;

/// The library's map.
pub struct Radix(PageMap);

impl Radix {
    fn from(&self, page: usize) -> Option<Block> {
        let at = self.0.next_free(page)?;
        Some(block(at, self.0.end_of_run(at)))
    }

    fn below(&self, page: usize) -> Option<Block> {
        let end = self.0.prev_free(page)? + 1;
        Some(block(self.0.start_of_run(end), end))
    }

    /// Where the next block is: its length is not asked for.
    fn after(&self, page: usize) -> Option<u32> {
        self.0.next_free(page).map(|at| block(at, at).at)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the map has fewer than 2^32 pages")]
const fn block(at: usize, end: usize) -> Block {
    Block { at: at as u32, n: (end - at) as u32 }
}

impl Shape for Radix {
    fn new() -> Self {
        Self(PageMap::new())
    }

    fn cover(&mut self, pages: u32) {
        self.0.cover(&mut Linux, pages as usize).expect("no memory for the map");
    }

    fn take(&mut self, n: u32) -> Option<Taken> {
        let at = self.0.lowest_run(n as usize)?;
        let end = self.0.end_of_run(at);
        let next = self.after(end);
        let block = block(at, end);
        let prev = if block.n == n { self.below(at) } else { None };
        self.0.clear_free(end - n as usize, end);
        Some(Taken { block, prev, next })
    }

    fn free(&mut self, range: Block) -> Gap {
        let (at, end) = (range.at as usize, range.end() as usize);
        let (prev, next) = (self.below(at), self.from(end));
        let touching = next.filter(|next| next.at == range.end());
        let after = touching.and_then(|next| self.after(next.end() as usize));
        self.0.set_free(at, end);
        Gap { prev, next, after }
    }

    fn bytes(&self) -> usize {
        size_of::<PageMap>() + self.0.mapped()
    }
}

impl Drop for Radix {
    fn drop(&mut self) {
        // SAFETY: the kernel that `cover` was called with.
        unsafe { self.0.reset(&mut Linux) };
    }
}
