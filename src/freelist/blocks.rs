//! Which blocks are free, from records that no caller can write to.
//!
//! What every page is, the bits of the [`PageMap`] say, at all times; a child of
//! fork finds everything in them. There are two ways to find blocks. While they
//! are few they stand in a table, since a short walk over it is faster than anything.
//! When there are more, the tree of summaries over the bits finds them. The summaries are
//! kept only while they are used; at other times they are those of a map without a free
//! page.

mod tree;

use super::Block;
use super::table::{CAPACITY, Table};
use crate::addr::align_up;
use crate::error::Error;
use crate::memhdr::MemHdrPtr;
use crate::os::Os;
use crate::pagemap::PageMap;

/// All free blocks of a heap.
#[derive(Debug)]
pub struct Blocks {
    pub map: PageMap,
    table: Table,
    /// Whether blocks are searched by the tree; else in the table.
    by_tree: bool,
    /// Whether they are, however few there are.
    always_by_tree: bool,
    /// Address of page 0 of the map.
    base: usize,
    /// Bytes in a page, as a power of two.
    page_shift: u32,
    /// How many there are.
    count: usize,
    /// Their bytes.
    bytes: usize,
}

/// A block that was found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub block: Block,
    /// Its number in the table, if it was found there.
    i: usize,
}

/// An address among the blocks.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    addr: usize,
    /// How many blocks of the table begin below it.
    i: usize,
}

impl Place {
    /// The address.
    #[must_use]
    pub const fn addr(self) -> usize {
        self.addr
    }
}

impl Blocks {
    /// None, of no heap.
    pub const fn new() -> Self {
        Self {
            map: PageMap::new(),
            table: Table::new(),
            by_tree: false,
            always_by_tree: false,
            base: 0,
            page_shift: 0,
            count: 0,
            bytes: 0,
        }
    }

    /// Forgets all of them; they are those of the heap at `base` from now on.
    ///
    /// # Safety
    /// `os` is the one that [`Blocks::cover`] was called with.
    pub unsafe fn reset<O: Os>(&mut self, os: &mut O, base: usize, page_size: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.map.reset(os) };
        self.table.clear();
        self.by_tree = self.always_by_tree;
        self.base = base;
        self.page_shift = page_size.trailing_zeros();
        self.count = 0;
        self.bytes = 0;
    }

    /// Makes room for what is free of a heap that ends at `end`.
    ///
    /// # Errors
    /// [`Error::NoMem`]; nothing has changed.
    pub fn cover<O: Os>(&mut self, os: &mut O, end: usize) -> Result<(), Error> {
        let pages = self.page(end);
        self.map.cover(os, pages)
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Their bytes.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Block> {
        let mut from = self.base;
        core::iter::from_fn(move || {
            let block = self.at_or_above(from)?;
            from = block.end();
            Some(block)
        })
    }

    /// The lowest one.
    pub fn lowest(&self) -> Option<Block> {
        self.at_or_above(self.base)
    }

    /// The lowest one of at least `n` bytes.
    pub fn lowest_fit(&mut self, n: usize) -> Option<Found> {
        if n > self.bytes {
            return None;
        }
        if !self.by_tree {
            return self.table.lowest_fit(n).map(|(i, block)| Found { block, i });
        }
        self.lowest_fit_by_tree(n).map(|block| Found { block, i: 0 })
    }

    /// The one before it.
    pub fn before(&self, found: &Found) -> Option<Block> {
        self.below(Place { addr: found.block.addr, i: found.i })
    }

    /// What links to the one after it.
    #[inline]
    pub fn link_of(&self, found: &Found) -> MemHdrPtr {
        let Found { block, i } = *found;
        MemHdrPtr::at(if self.by_tree {
            self.map.next_free(self.page(block.end())).map_or(0, |page| self.addr(page))
        } else {
            self.table.get(i + 1).map_or(0, |next| next.addr)
        })
    }

    /// Where an address is.
    #[inline]
    pub fn place(&self, addr: usize) -> Place {
        Place { addr, i: if self.by_tree { 0 } else { self.table.below(addr) } }
    }

    /// The last block that begins below a place at which none is free.
    #[inline]
    pub fn below(&self, place: Place) -> Option<Block> {
        if !self.by_tree {
            return self.table.get(place.i.wrapping_sub(1));
        }
        self.below_by_tree(place.addr)
    }

    /// The first block that begins `n` bytes above a place, or further up; those bytes
    /// are not free.
    #[inline]
    pub fn above(&self, place: Place, n: usize) -> Option<Found> {
        let found = |block| Found { block, i: place.i };
        if self.by_tree { self.at_or_above(place.addr + n) } else { self.table.get(place.i) }
            .map(found)
    }

    /// The first free page of `n` bytes from a place on.
    pub fn first_free(&self, place: Place, n: usize) -> Option<usize> {
        if self.count == 0 {
            return None;
        }
        let (from, to) = (self.page(place.addr), self.page(place.addr + n));
        if self.by_tree {
            return self.map.next_free_below(from, to);
        }
        if self.below(place).is_some_and(|block| block.end() > place.addr) {
            return Some(from);
        }
        self.table.get(place.i).map(|block| self.page(block.addr)).filter(|&page| page < to)
    }

    /// Whether any page that `[at, at+n)` touches is free.
    pub fn has_free(&self, at: usize, n: usize) -> bool {
        let page = 1 << self.page_shift;
        let end = align_up(at + n, page).unwrap_or(at);
        let at = at & !(page - 1);
        self.first_free(self.place(at), end - at).is_some()
    }

    /// Makes `n` bytes at the end of a block a region.
    pub fn cut(&mut self, found: &Found, n: usize) {
        let Found { block, i } = *found;
        let (from, to) = (self.page(block.end() - n), self.page(block.end()));
        self.bytes -= n;
        self.count -= usize::from(block.size == n);
        if self.by_tree {
            self.map.clear_free(from, to);
            self.map.set_start(from);
            return self.may_leave_tree();
        }
        self.map.mark_region(from, to);
        if block.size == n {
            self.table.remove(i);
        } else {
            self.table.set(i, Block { size: block.size - n, ..block });
        }
    }

    /// Makes `n` bytes from a place on, a region or a part of one, free, and one with
    /// the block that ends there, with the one that begins behind them, or with both.
    pub fn add(&mut self, place: Place, n: usize, joins: [Option<Block>; 2]) -> Block {
        let Place { addr, i } = place;
        let [prev, next] = joins;
        let joined = usize::from(prev.is_some()) + usize::from(next.is_some());
        let start = prev.map_or(addr, |prev| prev.addr);
        let end = next.map_or(addr + n, Block::end);
        let block = Block { addr: start, size: end - start };
        self.bytes += n;
        self.count = self.count + 1 - joined;
        if self.count > CAPACITY && !self.by_tree {
            self.enter_tree();
        }
        let (from, to) = (self.page(addr), self.page(addr + n));
        if self.by_tree {
            self.map.clear_start(from);
            self.map.set_free(from, to);
            self.may_leave_tree();
            return block;
        }
        self.map.mark_free(from, to);
        match joined {
            0 => self.table.insert(i, block),
            1 => self.table.set(i - usize::from(prev.is_some()), block),
            _ => {
                self.table.set(i - 1, block);
                self.table.remove(i);
            }
        }
        block
    }

    /// The first block that begins at an address that is not inside one, or above it.
    #[inline(never)]
    pub fn at_or_above(&self, addr: usize) -> Option<Block> {
        if !self.by_tree {
            return self.table.get(self.table.below(addr));
        }
        self.at_or_above_by_tree(addr)
    }

    /// The page that an address is in.
    pub const fn page(&self, addr: usize) -> usize {
        (addr - self.base) >> self.page_shift
    }

    const fn addr(&self, page: usize) -> usize {
        self.base + (page << self.page_shift)
    }
}
