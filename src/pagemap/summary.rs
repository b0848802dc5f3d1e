//! What is free of a stretch of pages, in three numbers.

use super::bits::{Bits, CHUNK, first_bit, last_bit, longest_run, short, starts_of_runs};

/// Nodes in a group, which is one node of the next level.
pub const FANOUT: usize = 16;

/// Free pages of a node in a row: at its start, at most, at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Summary {
    pub start: u32,
    pub max: u32,
    pub end: u32,
}

/// The summary of a chunk's bits.
pub fn summary_of_bits(bits: &Bits) -> Summary {
    if bits.iter().fold(0, |any, word| any | word) == 0 {
        return Summary::default();
    }
    let start = first_bit(bits, 0, !0);
    if start == CHUNK {
        return Summary { start: 512, max: 512, end: 512 };
    }
    let end = last_bit(bits, CHUNK - 1, !0).map_or(CHUNK, |live| CHUNK - 1 - live);
    // Runs that touch an end of a word, then those inside one that are longer.
    let mut max = 0;
    let mut run = 0;
    for &word in bits {
        max = max.max(run + word.trailing_ones());
        run = if word == !0 { run + 64 } else { word.leading_ones() };
    }
    max = max.max(run);
    for &word in bits {
        if starts_of_runs(word, max + 1) != 0 {
            max = longest_run(word);
        }
    }
    Summary { start: short(start), max, end: short(end) }
}

/// The summary of a group of nodes with `span` pages each.
pub fn summary_of_group(children: &[Summary; FANOUT], span: usize) -> Summary {
    // Fewer than 2^32 pages are free in a row: a group of the top level is not
    // full, since the map covers no more.
    #[expect(clippy::cast_possible_truncation)]
    let span = span as u32;
    let mut sum = Summary::default();
    let mut all = true;
    for child in children {
        if all {
            sum.start += child.start;
            all = child.start == span;
        }
        sum.max = sum.max.max(child.max).max(sum.end + child.start);
        sum.end = if child.end == span { sum.end + span } else { child.end };
    }
    sum
}
