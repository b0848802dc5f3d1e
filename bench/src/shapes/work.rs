//! What both shapes are timed at.

use super::{Block, Shape, Taken};
use crate::work::{Random, thousands};
use std::hint::black_box;
use std::time::Instant;

/// What is timed. What a step changes it puts right again, but for churn.
#[derive(Clone, Copy, PartialEq)]
pub enum Work {
    Lowest,
    None,
    Merge,
    Island,
    Large,
    Churn,
}

impl Work {
    /// With its name, and what a step is.
    pub const ALL: [(Self, &str, &str); 6] = [
        (Self::Lowest, "lowest", "take one page, free it"),
        (Self::None, "none", "ask for two pages, which no block has"),
        (
            Self::Merge,
            "merge",
            "free the page between two blocks, take two pages, free the one too many",
        ),
        (Self::Island, "island", "free two pages that touch no block, take them"),
        (Self::Large, "large", "take a block of 1 GiB, free it"),
        (Self::Churn, "churn", "free one of so many allocations of 1 to 64 pages, take another"),
    ];
}

/// Pages of a GiB.
const GIB: u32 = 1 << 18;

/// A work, how many blocks of one page there are (churn: how many allocations), and
/// how many pages from one to the next.
#[derive(Clone, Copy)]
pub struct Case {
    work: Work,
    blocks: u32,
    stride: u32,
}

impl Case {
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for blocks in [16, 1_000, 10_000, 100_000, 1_000_000] {
            all.extend([Work::Lowest, Work::None, Work::Merge].map(|work| Self {
                work,
                blocks,
                stride: 2,
            }));
        }
        all.extend([Work::Lowest, Work::Island].map(|work| Self {
            work,
            blocks: 10_000,
            stride: 1_000,
        }));
        all.push(Self { work: Work::Large, blocks: 16, stride: 2 });
        all.push(Self { work: Work::Churn, blocks: 10_000, stride: 0 });
        all
    }

    pub fn name(self) -> String {
        let (_, name, _) =
            Work::ALL.into_iter().find(|entry| entry.0 == self.work).expect("it is there");
        let apart = if self.stride > 2 { ", sparse" } else { "" };
        format!("{name} {}{apart}", thousands(self.blocks as usize))
    }
}

/// One shape at one work.
pub struct Run<S> {
    pub shape: S,
    case: Case,
    random: Random,
    /// Churn's allocations.
    slots: Vec<Block>,
    pub pages: u32,
    /// Made of all answers.
    pub sum: u32,
}

impl<S: Shape> Run<S> {
    pub fn new(case: Case) -> Self {
        let mut run =
            Self { shape: S::new(), case, random: Random(1), slots: Vec::new(), pages: 0, sum: 0 };
        if case.work == Work::Churn {
            for _ in 0..case.blocks {
                let slot = run.grab();
                run.slots.push(slot);
            }
            run.steps(10 * case.blocks);
            return run;
        }
        let large = if case.work == Work::Large { GIB } else { 0 };
        run.pages = case.stride * case.blocks + 2 + large;
        run.shape.cover(run.pages);
        // Not in order, so that nodes of the tree are as full as they mostly are.
        let mut blocks: Vec<u32> = (0..case.blocks).collect();
        for last in (1..blocks.len()).rev() {
            blocks.swap(last, run.random.below(last + 1));
        }
        for block in blocks {
            run.free(block * case.stride, 1);
        }
        if large > 0 {
            run.free(run.pages - large, large);
        }
        run
    }

    fn take(&mut self, n: u32) -> Option<Block> {
        let taken = black_box(self.shape.take(black_box(n)));
        let taken = taken.map(|Taken { block, .. }| Block { at: block.end() - n, n });
        self.sum = self.sum.rotate_left(5) ^ taken.map_or(u32::MAX, |taken| taken.at);
        taken
    }

    fn free(&mut self, at: u32, n: u32) {
        black_box(self.shape.free(black_box(Block { at, n })));
    }

    fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.random.below(n as usize)).expect("it is below a u32")
    }

    /// 1 to 64 pages, from above the heap if there is no block.
    fn grab(&mut self) -> Block {
        let n = 1 + self.below(64);
        self.take(n).unwrap_or_else(|| {
            let at = self.pages;
            self.pages += n;
            self.shape.cover(self.pages);
            Block { at, n }
        })
    }

    fn steps(&mut self, steps: u32) {
        let Case { work, blocks, stride } = self.case;
        for _ in 0..steps {
            match work {
                Work::Lowest | Work::Large => {
                    let n = if work == Work::Large { GIB } else { 1 };
                    if let Some(Block { at, n }) = self.take(n) {
                        self.free(at, n);
                    }
                }
                Work::None => drop(self.take(2)),
                Work::Merge => {
                    let at = self.below(blocks - 1) * stride + 1;
                    self.free(at, 1);
                    if let Some(Block { at, n }) = self.take(2) {
                        self.free(at + n - 1, 1);
                    }
                }
                Work::Island => {
                    let at = self.below(blocks) * stride + 2;
                    self.free(at, 2);
                    self.take(2);
                }
                Work::Churn => {
                    let slot = self.random.below(blocks as usize);
                    let Block { at, n } = self.slots[slot];
                    self.free(at, n);
                    self.slots[slot] = self.grab();
                }
            }
        }
    }

    /// Nanoseconds a step, of so many.
    #[inline(never)] // Its instructions are counted.
    pub fn timed(&mut self, steps: u32) -> f64 {
        let start = Instant::now();
        self.steps(steps);
        start.elapsed().as_nanos() as f64 / f64::from(steps)
    }
}
