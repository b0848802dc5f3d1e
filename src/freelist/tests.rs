//! The table beside the tree: the same blocks, the same answers, as blocks become many
//! and few again.

use super::Block;
use super::blocks::Blocks;
use crate::os::fake::Fake;
use crate::random::Random;

const BASE: usize = 0x1000_0000;
const PAGE: usize = 4096;

/// A heap of so many pages, all in use.
fn heap(os: &mut Fake, pages: usize) -> Blocks {
    let mut blocks = Blocks::new();
    // SAFETY: one system for both.
    unsafe { blocks.reset(os, BASE, PAGE) };
    blocks.cover(os, BASE + pages * PAGE).unwrap();
    blocks
}

/// Makes a range that is not free, or a part of one, free.
fn free(blocks: &mut Blocks, at: usize, n: usize) -> Block {
    let place = blocks.place(at);
    let prev = blocks.below(place).filter(|prev| prev.end() == at);
    let next = blocks.above(place, n).map(|next| next.block).filter(|next| next.addr == at + n);
    blocks.add(place, n, [prev, next])
}

/// The page-aligned start and bytes of the live range around a random page, if it is
/// live, and of at most so many pages.
fn live(blocks: &Blocks, pages: usize, most: usize, random: &mut Random) -> Option<(usize, usize)> {
    let at = BASE + random.below(pages) * PAGE;
    let place = blocks.place(at);
    if blocks.has_free(at, PAGE) {
        return None;
    }
    let end = blocks.above(place, PAGE).map_or(BASE + pages * PAGE, |next| next.block.addr);
    Some((at, (end - at).min((1 + random.below(most)) * PAGE)))
}

fn same(table: &mut Blocks, tree: &mut Blocks, pages: usize, random: &mut Random) {
    assert!(table.iter().eq(tree.iter()));
    assert_eq!((table.count(), table.bytes()), (tree.count(), tree.bytes()));
    assert_eq!((table.count(), table.lowest()), (table.iter().count(), table.iter().next()));
    for _ in 0..4 {
        let (at, n) = (BASE + random.below(pages) * PAGE, (1 + random.below(40)) * PAGE);
        let n = n.min(BASE + pages * PAGE - at);
        assert_eq!(table.has_free(at, n), tree.has_free(at, n));
        let first = |blocks: &Blocks| blocks.first_free(blocks.place(at), n);
        assert_eq!(first(table), first(tree));
        if !table.has_free(at, n) {
            let around = |blocks: &Blocks| {
                let place = blocks.place(at);
                (blocks.below(place), blocks.above(place, n).map(|next| next.block))
            };
            assert_eq!(around(table), around(tree));
        }
    }
}

#[test]
fn the_table_and_the_tree_have_the_same_blocks() {
    // How many pages there are, how many a range has at most, and how many blocks are
    // aimed at: some, then so many, and so on.
    for (pages, most, aims) in
        [(300, 3, [40, 8]), (20_000, 200, [48, 4]), (20_000, 3, [80, 0]), (600_000, 9_000, [40, 0])]
    {
        let mut os = Fake::default();
        let (mut table, mut tree) = (heap(&mut os, pages), heap(&mut os, pages));
        tree.search_by_tree();
        let mut random = Random::new(pages as u64);
        // Of pages that were all in use, some go and come: the map gets more levels and
        // fewer.
        let mut covered = pages;
        let mut switches = 0;
        let mut aim = 0;
        for _ in 0..20_000 {
            let was = table.is_by_tree();
            if table.count() == aims[aim] {
                aim = 1 - aim;
            }
            let more = (table.count() < aims[aim]) == (random.below(8) > 0);
            if more {
                if let Some((at, n)) = live(&table, covered, most, &mut random) {
                    assert_eq!(free(&mut table, at, n), free(&mut tree, at, n));
                }
            } else {
                // The lowest block of all as often as not.
                let n = (1 + random.below(2) * random.below(most)) * PAGE;
                let found = (table.lowest_fit(n), tree.lowest_fit(n));
                if let (Some(found), Some(other)) = found {
                    let facts =
                        |blocks: &Blocks, found| (blocks.before(found), blocks.link_of(found));
                    assert_eq!(found.block, other.block);
                    assert_eq!(facts(&table, &found), facts(&tree, &other));
                    // All of it as often as not, so that there are fewer.
                    let n = if random.below(2) == 0 { found.block.size } else { n };
                    table.cut(&found, n);
                    tree.cut(&other, n);
                } else {
                    assert!(found.0.is_none() && found.1.is_none());
                }
            }
            switches += usize::from(table.is_by_tree() != was);
            if random.below(64) == 0 {
                let used = table.iter().last().map_or(1, |last| table.page(last.end()));
                covered = used + random.below(pages + 1 - used);
                for blocks in [&mut table, &mut tree] {
                    blocks.cover(&mut os, BASE + covered * PAGE).unwrap();
                }
            }
            same(&mut table, &mut tree, covered, &mut random);
        }
        assert!(switches > 100, "{switches} changes between table and tree, of {pages} pages");
        for blocks in [&mut table, &mut tree] {
            // SAFETY: as above.
            unsafe { blocks.reset(&mut os, 0, 1) };
        }
    }
}
