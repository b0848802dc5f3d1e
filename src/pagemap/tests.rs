//! The map beside a plain walk over the same pages.

use super::bits::CHUNK;
use super::summary::Summary;
use super::{LEAF_PAGES, LEVELS, PageMap};
use crate::os::fake::Fake;
use crate::random::Random;

/// The same facts, one page after the other.
struct Plain(Vec<bool>);

impl Plain {
    fn lowest_run(&self, n: usize) -> Option<usize> {
        let mut run = 0;
        for (page, &free) in self.0.iter().enumerate() {
            run = if free { run + 1 } else { 0 };
            if run >= n {
                return Some(page + 1 - n);
            }
        }
        None
    }

    fn end_of_run(&self, page: usize) -> usize {
        (page..self.0.len()).find(|&p| !self.0[p]).unwrap_or(self.0.len())
    }

    fn start_of_run(&self, page: usize) -> usize {
        (0..page).rev().find(|&p| !self.0[p]).map_or(0, |p| p + 1)
    }

    fn next_free(&self, page: usize) -> Option<usize> {
        (page..self.0.len()).find(|&p| self.0[p])
    }

    fn prev_free(&self, page: usize) -> Option<usize> {
        (0..page).rev().find(|&p| self.0[p])
    }
}

fn compare(map: &mut PageMap, plain: &Plain, random: &mut Random) {
    for n in [1, 2, 63, 64, 65, 511, 512, 513, 9000, 1 + random.below(plain.0.len())] {
        assert_eq!(map.lowest_run(n), plain.lowest_run(n), "run of {n}");
    }
    for _ in 0..50 {
        let page = random.below(plain.0.len());
        assert_eq!(map.is_free(page), plain.0[page], "page {page}");
        assert_eq!(map.end_of_run(page), plain.end_of_run(page), "from {page}");
        assert_eq!(map.start_of_run(page), plain.start_of_run(page), "below {page}");
        assert_eq!(map.next_free(page), plain.next_free(page), "from {page}");
        let to = page + random.below(plain.0.len() + 1 - page);
        let below = plain.next_free(page).filter(|&free| free < to);
        assert_eq!(map.next_free_below(page, to), below, "from {page} to {to}");
        assert_eq!(map.prev_free(page), plain.prev_free(page), "below {page}");
    }
}

#[test]
fn every_answer_is_that_of_a_plain_walk() {
    for (leaves, rounds) in [(1, 600), (2, 300), (17, 150), (40, 100), (300, 12)] {
        let mut os = Fake::default();
        let mut map = PageMap::new();
        let mut random = Random::new(leaves as u64);
        let mut plain = Plain(vec![false; 1]);
        map.cover(&mut os, 1).unwrap();
        for round in 0..rounds {
            if random.below(4) == 0 {
                // Mostly up, sometimes down to the last page that is free.
                let last = plain.prev_free(plain.0.len()).unwrap_or(0);
                let most = [last + 1, leaves * LEAF_PAGES][random.below(5).min(1)];
                let pages = last + 1 + random.below(most - last);
                plain.0.resize(pages, false);
                map.cover(&mut os, pages).unwrap();
            }
            let from = random.below(plain.0.len());
            let most = [3, 70, 2 * CHUNK, 3 * LEAF_PAGES][random.below(4)];
            let to = (from + 1 + random.below(most)).min(plain.0.len());
            let free = round % 3 != 0;
            plain.0[from..to].fill(free);
            if free {
                map.set_free(from, to);
            } else {
                map.clear_free(from, to);
            }
            if random.below(8) == 0 {
                // As if a thread had vanished in the middle of a change.
                for level in random.below(map.top + 1)..=map.top {
                    let node = random.below(map.nodes(level));
                    map.set_sum(level, node, Summary { start: 7, max: 7, end: 7 });
                }
                map.top = random.below(LEVELS);
                map.rebuild(plain.0.len());
            }
            compare(&mut map, &plain, &mut random);
        }
        // SAFETY: the kernel that it was made with.
        unsafe { map.reset(&mut os) };
        assert_eq!((map.lowest_run(1), map.mapped()), (None, 0));
    }
}

#[test]
fn starts_are_found_and_cleared() {
    let mut os = Fake::default();
    let mut map = PageMap::new();
    map.cover(&mut os, 3 * LEAF_PAGES).unwrap();
    let starts = [0, 63, 64, CHUNK, LEAF_PAGES - 1, LEAF_PAGES, 2 * LEAF_PAGES + 77];
    for page in starts {
        map.set_start(page);
        assert!(map.is_start(page));
    }
    let mut found = Vec::new();
    while let Some(page) = map.next_start(found.last().map_or(0, |p| p + 1), 3 * LEAF_PAGES) {
        found.push(page);
    }
    assert_eq!(found, starts);
    assert_eq!(map.next_start(65, CHUNK), None, "the end is not included");
    map.clear_starts(63, LEAF_PAGES);
    assert_eq!(map.next_start(1, 3 * LEAF_PAGES), Some(LEAF_PAGES));
    // SAFETY: the kernel that it was made with.
    unsafe { map.reset(&mut os) };
}

#[test]
fn starts_outlast_every_growth_of_the_map() {
    let mut os = Fake::default();
    let mut map = PageMap::new();
    let mut random = Random::new(5);
    let mut starts = std::collections::BTreeSet::new();
    // More leaves than there are bits for them from the second step on.
    for leaves in [20, 70, 71, 150, 400, 1000] {
        map.cover(&mut os, leaves * LEAF_PAGES).unwrap();
        for _ in 0..leaves / 4 {
            let page = random.below(leaves * LEAF_PAGES);
            map.set_start(page);
            starts.insert(page);
        }
        let mut at = 0;
        for &start in &starts {
            assert_eq!(map.next_start(at, leaves * LEAF_PAGES), Some(start));
            at = start + 1;
        }
        assert_eq!(map.next_start(at, leaves * LEAF_PAGES), None);
    }
    // SAFETY: the kernel that it was made with.
    unsafe { map.reset(&mut os) };
}

#[test]
fn more_pages_than_can_be_counted_are_refused() {
    let mut os = Fake::default();
    let mut map = PageMap::new();
    assert!(map.cover(&mut os, super::MAX_PAGES + 1).is_err());
    assert_eq!(map.mapped(), 0);
}
