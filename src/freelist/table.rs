//! A table of the free blocks, for as long as they are few.

use super::Block;

/// Most blocks in a table.
pub const CAPACITY: usize = 32;

/// Blocks, ascending by address, no two touching.
#[derive(Debug)]
pub struct Table {
    len: usize,
    /// What stands behind `len` means nothing.
    blocks: [Block; CAPACITY],
}

impl Table {
    /// No blocks.
    pub const fn new() -> Self {
        Self { len: 0, blocks: [Block { addr: 0, size: 0 }; CAPACITY] }
    }

    /// Forgets all blocks.
    pub const fn clear(&mut self) {
        self.len = 0;
    }

    /// The blocks.
    pub fn all(&self) -> &[Block] {
        self.blocks.get(..self.len).unwrap_or_default()
    }

    /// Block `i`, if there is one.
    pub fn get(&self, i: usize) -> Option<Block> {
        self.all().get(i).copied()
    }

    /// How many blocks begin below an address.
    pub fn below(&self, addr: usize) -> usize {
        self.all().iter().take_while(|block| block.addr < addr).count()
    }

    /// The lowest block of at least `n` bytes: its number, and itself.
    pub fn lowest_fit(&self, n: usize) -> Option<(usize, Block)> {
        self.all().iter().copied().enumerate().find(|(_, block)| block.size >= n)
    }

    /// Block `i`, which there is, is this one from now on.
    pub fn set(&mut self, i: usize, block: Block) {
        self.blocks[i % CAPACITY] = block;
    }

    /// Puts a block before block `i`, or behind the last. There is room for it.
    pub fn insert(&mut self, i: usize, block: Block) {
        for at in (i..self.len).rev() {
            self.set(at + 1, self.blocks[at % CAPACITY]);
        }
        self.set(i, block);
        self.len += 1;
    }

    /// Takes block `i`, which there is, out.
    pub fn remove(&mut self, i: usize) {
        self.len -= 1;
        for at in i..self.len {
            self.set(at, self.blocks[(at + 1) % CAPACITY]);
        }
    }
}
