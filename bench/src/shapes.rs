//! The two shapes that an index of free blocks could have, side by side: the radix
//! tree over bits that the library has, and a B+-tree of blocks, which is written
//! here for this comparison alone. No page of a heap is touched, and neither keeps
//! regions: only what `memAllocNoGrow` and `memFree` ask is timed, which is the
//! blocks and their neighbours. First both have to give the same answers, to random
//! work; they have to while they are timed, too.
//!
//! ```text
//! cargo run --release --package gosbrk-bench --no-default-features -- shapes
//! valgrind --tool=callgrind --toggle-collect='*timed*' \
//!     target/release/gosbrk-bench shapes tree merge 1,000     instructions of 10,000 steps
//! ```

mod radix;
mod tree;
mod work;

use crate::stats::{Spread, digits};
use crate::work::{Random, thousands};
use radix::Radix;
use std::time::Duration;
use tree::Tree;
use work::{Case, Run, Work};

/// Samples of each work and shape.
const ROUNDS: usize = 501;
/// How long a sample takes at least: short, so that most are not interrupted.
const SAMPLE: Duration = Duration::from_micros(200);

/// Random steps that show, for each of some heaps, that both are the same.
const STEPS: u32 = 500_000;

/// Pages in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Block {
    at: u32,
    n: u32,
}

impl Block {
    const fn end(self) -> u32 {
        self.at + self.n
    }

    /// With the block that begins where it ends.
    const fn with(self, next: Self) -> Self {
        Self { at: self.at, n: self.n + next.n }
    }
}

/// The block that a request was cut from, and those that are linked with it: the one
/// before it, if it is free no more, and the one after it.
#[derive(Debug, PartialEq)]
struct Taken {
    block: Block,
    prev: Option<Block>,
    next: Option<u32>,
}

/// The blocks round a range that was freed; `after` follows a next one that touches it.
#[derive(Debug, PartialEq)]
struct Gap {
    prev: Option<Block>,
    next: Option<Block>,
    after: Option<u32>,
}

/// An index of free blocks.
trait Shape {
    fn new() -> Self;
    /// The heap has so many pages from now on.
    fn cover(&mut self, pages: u32);
    /// Takes `n` pages off the end of the lowest block that has as many.
    fn take(&mut self, n: u32) -> Option<Taken>;
    fn free(&mut self, range: Block) -> Gap;
    /// What it takes in memory: the map, with its room to spare, or the nodes.
    fn bytes(&self) -> usize;
}

/// Whether both give the same answers: to random work, with all of the heap taken at
/// first, and by turns mostly freed and mostly taken.
fn compare(seed: u64, pages: u32, most: u32) -> Result<(), String> {
    let mut random = Random(seed);
    let mut below = |n: u32| u32::try_from(random.below(n as usize)).expect("it is below a u32");
    let (mut radix, mut tree) = (Radix::new(), Tree::new());
    radix.cover(pages);
    let mut live = vec![Block { at: 0, n: pages }];
    let differ = |step: u32, what: String| format!("seed {seed}, step {step}: they differ: {what}");
    for step in 0..STEPS {
        let taking = step / (STEPS / 10) % 2;
        if below(4) < 1 + 2 * taking {
            let n = 1 + below(most);
            let (a, b) = (radix.take(n), tree.take(n));
            if a != b {
                return Err(differ(step, format!("taking {n}: {a:?}, {b:?}")));
            }
            live.extend(a.map(|taken| Block { at: taken.block.end() - n, n }));
        } else if !live.is_empty() {
            // A part of what is live; the rest stays.
            let Block { at, n } =
                live.swap_remove(below(u32::try_from(live.len()).unwrap_or(1)) as usize);
            let (from, n) = (below(n.min(most)), n);
            let part = Block { at: at + from, n: (1 + below(most)).min(n - from) };
            let rest = [Block { at, n: from }, Block { at: part.end(), n: at + n - part.end() }];
            live.extend(rest.into_iter().filter(|rest| rest.n > 0));
            let (a, b) = (radix.free(part), tree.free(part));
            if a != b {
                return Err(differ(step, format!("freeing {part:?}: {a:?}, {b:?}")));
            }
        }
    }
    for step in STEPS.. {
        let (a, b) = (radix.take(1), tree.take(1));
        if a != b {
            return Err(differ(step, format!("taking what is left: {a:?}, {b:?}")));
        }
        if a.is_none() {
            break;
        }
    }
    Ok(())
}

/// Times both shapes at a work, and prints a line.
fn case(case: Case) -> Result<(), String> {
    let (mut radix, mut tree) = (Run::<Radix>::new(case), Run::<Tree>::new(case));
    // As many steps as take long enough even when nothing interrupts them.
    let mut steps = 1;
    let enough = SAMPLE.as_nanos() as f64;
    let mut try_out = |steps| {
        tree.timed(steps);
        radix.timed(steps) * f64::from(steps)
    };
    while (0..3).any(|_| try_out(steps) < enough) {
        steps *= 2;
    }
    let (mut radix_ns, mut tree_ns) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            radix_ns.push(radix.timed(steps));
            tree_ns.push(tree.timed(steps));
        } else {
            tree_ns.push(tree.timed(steps));
            radix_ns.push(radix.timed(steps));
        }
    }
    if radix.sum != tree.sum || radix.pages != tree.pages {
        return Err(format!("{}: they did not take the same pages", case.name()));
    }
    let cell = |spread: Option<Spread>, show: fn(f64) -> String| {
        let Spread { low, median, high } = spread.expect("there are samples");
        format!("{} ({}–{})", show(median), show(low), show(high))
    };
    let times = |ratio: f64| format!("{ratio:.3}");
    println!(
        "| {} | {} | {} | {} | {} | {} | {} |",
        case.name(),
        cell(Spread::of(radix_ns.iter().copied()), digits),
        cell(Spread::of(tree_ns.iter().copied()), digits),
        cell(Spread::of_ratios(&tree_ns, &radix_ns), times),
        thousands(radix.pages as usize),
        thousands(radix.shape.bytes()),
        thousands(tree.shape.bytes()),
    );
    Ok(())
}

/// `shapes`: all of it. `shapes radix|tree CASE`: 10,000 steps, to be counted.
pub fn main(args: &[String]) -> Result<(), String> {
    if let [shape, name @ ..] = args {
        let name = name.join(" ");
        let case = Case::all().into_iter().find(|case| case.name() == name);
        let case = case.ok_or_else(|| format!("there is no case {name:?}"))?;
        let ns = match shape.as_str() {
            "radix" => Run::<Radix>::new(case).timed(10_000),
            "tree" => Run::<Tree>::new(case).timed(10_000),
            _ => return Err("the shapes are radix and tree".into()),
        };
        println!("{} ns a step", digits(ns));
        return Ok(());
    }
    for (seed, (pages, most)) in
        (0..).zip([(300, 2), (3_000, 3), (30_000, 40), (400_000, 3), (400_000, 3_000)])
    {
        compare(seed, pages, most)?;
    }
    for (_, name, what) in Work::ALL {
        println!("{name}: {what}");
    }
    println!("\nns a step: median of {ROUNDS} samples, quartiles\n");
    println!("| | radix | tree | tree/radix | pages | radix, bytes | tree, bytes |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    Case::all().into_iter().try_for_each(case)
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_shapes_give_the_same_answers() {
        super::compare(9, 30_000, 40).unwrap();
    }
}
