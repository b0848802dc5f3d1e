//! The other shape: a B+-tree of free blocks. A leaf keeps the first page and the
//! length of each of its blocks, an inner node the most pages that any block below
//! each of its children has. Nodes are packed, in two pools, and point to each
//! other by 32-bit numbers.

use super::{Block, Gap, Shape, Taken};

/// Most entries of a node. 16 and 64 are faster at some of the work and slower at
/// other, by less than a quarter.
const FAN: usize = 32;

/// Entries, ascending: the first page, the pages (in an inner node: the most pages
/// of a block), and in an inner node the child, which begins at that page at least:
/// the first one at 0, since its parent has the bound.
struct Node<const KIDS: usize> {
    used: usize,
    /// The largest of `sizes`.
    most: u32,
    /// A leaf's neighbours.
    prev: u32,
    next: u32,
    firsts: [u32; FAN],
    sizes: [u32; FAN],
    kids: [u32; KIDS],
}

const NONE: u32 = u32::MAX;

impl<const KIDS: usize> Node<KIDS> {
    /// What is not in use neither begins before any page nor has any.
    const EMPTY: Self = Self {
        used: 0,
        most: 0,
        prev: NONE,
        next: NONE,
        firsts: [u32::MAX; FAN],
        sizes: [0; FAN],
        kids: [NONE; KIDS],
    };

    /// How many entries begin at `page` or below: of all, with vector instructions.
    fn up_to(&self, page: u32) -> usize {
        self.firsts.iter().map(|&first| u32::from(first <= page)).sum::<u32>() as usize
    }

    /// The first entry with `n` pages, eight compared at a time.
    fn fit(&self, n: u32) -> usize {
        let fits = |eight: &[u32]| eight.iter().map(|&size| u32::from(size >= n)).sum::<u32>() > 0;
        let from = 8 * self.sizes.chunks_exact(8).take_while(|eight| !fits(eight)).count();
        from + self.sizes[from..].iter().take_while(|&&size| size < n).count()
    }

    fn block(&self, i: usize) -> Block {
        Block { at: self.firsts[i], n: self.sizes[i] }
    }

    fn set(&mut self, i: usize, size: u32) {
        let before = std::mem::replace(&mut self.sizes[i], size);
        if size >= self.most {
            self.most = size;
        } else if before == self.most {
            self.recount();
        }
    }

    fn recount(&mut self) {
        self.most = self.sizes.iter().fold(0, |most, &size| most.max(size));
    }

    fn insert(&mut self, i: usize, block: Block, kid: u32) {
        self.firsts.copy_within(i..self.used, i + 1);
        self.sizes.copy_within(i..self.used, i + 1);
        (self.firsts[i], self.sizes[i]) = (block.at, block.n);
        if KIDS > 0 {
            self.kids.copy_within(i..self.used, i + 1);
            self.kids[i] = kid;
        }
        self.used += 1;
        self.most = self.most.max(block.n);
    }

    fn remove(&mut self, i: usize) {
        let gone = self.sizes[i];
        self.used -= 1;
        self.firsts.copy_within(i + 1..=self.used, i);
        self.sizes.copy_within(i + 1..=self.used, i);
        (self.firsts[self.used], self.sizes[self.used]) = (u32::MAX, 0);
        if KIDS > 0 {
            self.kids.copy_within(i + 1..=self.used, i);
        }
        if gone == self.most {
            self.recount();
        }
    }

    /// Moves the upper half of a full node to a new one.
    fn halve(&mut self) -> Self {
        let mut upper = Self::EMPTY;
        let half = FAN / 2;
        upper.firsts[..half].copy_from_slice(&self.firsts[half..]);
        upper.sizes[..half].copy_from_slice(&self.sizes[half..]);
        if KIDS > 0 {
            upper.kids[..half].copy_from_slice(&self.kids[half..]);
        }
        self.firsts[half..].fill(u32::MAX);
        self.sizes[half..].fill(0);
        (self.used, upper.used) = (half, half);
        self.recount();
        upper.recount();
        upper
    }
}

/// Nodes of one kind.
#[derive(Default)]
struct Pool<const KIDS: usize> {
    nodes: Vec<Node<KIDS>>,
    unused: Vec<u32>,
}

impl<const KIDS: usize> Pool<KIDS> {
    fn at(&self, id: u32) -> &Node<KIDS> {
        // SAFETY: `make` gave the number, and no node is taken off the end.
        unsafe { self.nodes.get_unchecked(id as usize) }
    }

    fn at_mut(&mut self, id: u32) -> &mut Node<KIDS> {
        // SAFETY: as above.
        unsafe { self.nodes.get_unchecked_mut(id as usize) }
    }

    fn make(&mut self) -> u32 {
        self.unused.pop().unwrap_or_else(|| {
            self.nodes.push(Node::EMPTY);
            u32::try_from(self.nodes.len() - 1).expect("fewer than 2^32 nodes")
        })
    }

    /// Inserts into a full node, the upper half of which goes to a new one.
    fn split_and_insert(&mut self, id: u32, i: usize, block: Block, kid: u32) -> u32 {
        let left = self.at_mut(id);
        let mut right = left.halve();
        if i > FAN / 2 {
            right.insert(i - FAN / 2, block, kid);
        } else {
            left.insert(i, block, kid);
        }
        let new = self.make();
        *self.at_mut(new) = right;
        new
    }

    fn drop(&mut self, id: u32) {
        *self.at_mut(id) = Node::EMPTY;
        self.unused.push(id);
    }
}

/// The way from the root to a leaf: each inner node with the child that was taken.
#[derive(Default)]
struct Path {
    steps: [(u32, usize); 8],
    leaf: u32,
}

/// The tree. With `height` 0 the root is a leaf.
pub struct Tree {
    inner: Pool<FAN>,
    leaves: Pool<0>,
    root: u32,
    height: usize,
}

impl Tree {
    fn descend(&self, choose: impl Fn(&Node<FAN>) -> usize) -> Path {
        let mut path = Path { leaf: self.root, ..Path::default() };
        for step in &mut path.steps[..self.height] {
            let node = self.inner.at(path.leaf);
            let i = choose(node);
            *step = (path.leaf, i);
            path.leaf = node.kids[i];
        }
        path
    }

    /// The way to the leaf that a block at `page` is in, or would be, and how many
    /// blocks of that leaf do not begin above it.
    fn seek(&self, page: u32) -> (Path, usize) {
        let path = self.descend(|node| node.up_to(page) - 1);
        let i = self.leaves.at(path.leaf).up_to(page);
        (path, i)
    }

    /// The block before an entry of a leaf.
    fn before(&self, leaf: &Node<0>, i: usize) -> Option<Block> {
        if i > 0 {
            return Some(leaf.block(i - 1));
        }
        let prev = self.leaves.nodes.get(leaf.prev as usize)?;
        Some(prev.block(prev.used - 1))
    }

    /// The block at an entry of a leaf, or of those after it.
    fn at(&self, leaf: &Node<0>, i: usize) -> Option<Block> {
        if i < leaf.used {
            return Some(leaf.block(i));
        }
        self.at(self.leaves.nodes.get(leaf.next as usize)?, i - leaf.used)
    }

    /// Tells the lowest `levels` nodes of a way what is the most below.
    fn tell(&mut self, path: &Path, levels: usize, mut most: u32) {
        for &(id, i) in path.steps[..levels].iter().rev() {
            let node = self.inner.at_mut(id);
            let before = node.most;
            node.set(i, most);
            most = node.most;
            if most == before {
                return;
            }
        }
    }

    fn change(&mut self, path: &Path, i: usize, block: Block) {
        let leaf = self.leaves.at_mut(path.leaf);
        leaf.firsts[i] = block.at;
        leaf.set(i, block.n);
        let most = leaf.most;
        self.tell(path, self.height, most);
    }

    fn insert(&mut self, path: &Path, i: usize, block: Block) {
        let leaf = self.leaves.at_mut(path.leaf);
        if leaf.used < FAN {
            leaf.insert(i, block, NONE);
            let most = leaf.most;
            return self.tell(path, self.height, most);
        }
        let next = leaf.next;
        let mut new = self.leaves.split_and_insert(path.leaf, i, block, NONE);
        let leaf = self.leaves.at_mut(new);
        (leaf.prev, leaf.next) = (path.leaf, next);
        let mut entry = Block { at: leaf.firsts[0], n: leaf.most };
        let leaf = self.leaves.at_mut(path.leaf);
        leaf.next = new;
        let mut most = leaf.most;
        if let Some(next) = self.leaves.nodes.get_mut(next as usize) {
            next.prev = new;
        }
        for level in (0..self.height).rev() {
            let (id, i) = path.steps[level];
            let node = self.inner.at_mut(id);
            node.set(i, most);
            if node.used < FAN {
                node.insert(i + 1, entry, new);
                let most = node.most;
                return self.tell(path, level, most);
            }
            new = self.inner.split_and_insert(id, i + 1, entry, new);
            let right = self.inner.at_mut(new);
            entry = Block { at: std::mem::take(&mut right.firsts[0]), n: right.most };
            most = self.inner.at(id).most;
        }
        let old = std::mem::replace(&mut self.root, self.inner.make());
        let root = self.inner.at_mut(self.root);
        root.insert(0, Block { at: 0, n: most }, old);
        root.insert(1, entry, new);
        self.height += 1;
    }

    /// A node goes when it is empty, and is not joined with a neighbour earlier, as in
    /// most databases: nearly all of them fill again.
    fn remove(&mut self, path: &Path, i: usize) {
        let leaf = self.leaves.at_mut(path.leaf);
        leaf.remove(i);
        let (mut used, mut most) = (leaf.used, leaf.most);
        for level in (0..self.height).rev() {
            if used > 0 {
                return self.tell(path, level + 1, most);
            }
            let (id, i) = path.steps[level];
            let gone = self.inner.at(id).kids[i];
            if level + 1 == self.height {
                let Node { prev, next, .. } = *self.leaves.at(gone);
                if let Some(node) = self.leaves.nodes.get_mut(prev as usize) {
                    node.next = next;
                }
                if let Some(node) = self.leaves.nodes.get_mut(next as usize) {
                    node.prev = prev;
                }
                self.leaves.drop(gone);
            } else {
                self.inner.drop(gone);
            }
            let node = self.inner.at_mut(id);
            node.remove(i);
            node.firsts[0] = 0;
            (used, most) = (node.used, node.most);
        }
        while self.height > 0 && self.inner.at(self.root).used == 1 {
            let kid = self.inner.at(self.root).kids[0];
            self.inner.drop(std::mem::replace(&mut self.root, kid));
            self.height -= 1;
        }
    }
}

impl Shape for Tree {
    fn new() -> Self {
        let mut leaves = Pool::default();
        let root = leaves.make();
        Self { inner: Pool::default(), leaves, root, height: 0 }
    }

    fn cover(&mut self, _: u32) {}

    fn take(&mut self, n: u32) -> Option<Taken> {
        let most = if self.height == 0 {
            self.leaves.at(self.root).most
        } else {
            self.inner.at(self.root).most
        };
        if most < n {
            return None;
        }
        let path = self.descend(|node| node.fit(n));
        let leaf = self.leaves.at(path.leaf);
        let i = leaf.fit(n);
        let block = leaf.block(i);
        let whole = block.n == n;
        let prev = if whole { self.before(leaf, i) } else { None };
        let next = self.at(leaf, i + 1).map(|next| next.at);
        if whole {
            self.remove(&path, i);
        } else {
            self.change(&path, i, Block { n: block.n - n, ..block });
        }
        Some(Taken { block, prev, next })
    }

    fn free(&mut self, range: Block) -> Gap {
        let (path, i) = self.seek(range.at);
        let leaf = self.leaves.at(path.leaf);
        let (prev, next) = (self.before(leaf, i), self.at(leaf, i));
        let low = prev.filter(|prev| prev.end() == range.at);
        let high = next.filter(|next| next.at == range.end());
        let after = high.and_then(|_| self.at(leaf, i + 1)).map(|after| after.at);
        match (low, high) {
            (None, None) => self.insert(&path, i, range),
            (Some(low), None) if i > 0 => self.change(&path, i - 1, low.with(range)),
            (None, Some(high)) if i < leaf.used => self.change(&path, i, range.with(high)),
            (Some(low), Some(high)) if 0 < i && i < leaf.used => {
                self.leaves.at_mut(path.leaf).set(i - 1, low.with(range).with(high).n);
                self.remove(&path, i);
            }
            _ => {
                // One of them is in another leaf: one in so many, so it may take longer.
                let mut block = range;
                for part in [high, low].into_iter().flatten() {
                    let (path, i) = self.seek(part.at);
                    self.remove(&path, i - 1);
                    block = Block { at: part.at.min(block.at), n: block.n + part.n };
                }
                let (path, i) = self.seek(block.at);
                self.insert(&path, i, block);
            }
        }
        Gap { prev, next, after }
    }

    fn bytes(&self) -> usize {
        let (inner, leaves) = (self.inner.nodes.len(), self.leaves.nodes.len());
        inner * size_of::<Node<FAN>>() + leaves * size_of::<Node<0>>()
    }
}
