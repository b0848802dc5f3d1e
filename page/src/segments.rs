//! Which addresses the map shows. Most of the segment is reserved and never used: those
//! parts are cut out, and what is left follows one upon the other.

use crate::data::{Map, State};

/// A part of the addresses that is shown, in units of a page of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The first page, counted from address 0.
    pub first: u64,
    /// How many.
    pub pages: u64,
    /// Whether it is the runtime's tables, which have a band to themselves.
    pub tables: bool,
}

/// What is shown, and the size of a page of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    /// Bytes of a page of the map: of more than one page of the layer in a large program.
    pub unit: u64,
    /// The heap's parts by address, then those of the tables.
    pub list: Vec<Segment>,
}

/// Gaps up to so many bytes are shown rather than cut out.
const GAP: u64 = 256 << 10;

/// Most pages that the page holds the state of: 20 MB in the browser.
const MOST: u64 = 4 << 20;

/// The addresses that were ever ready or given back after that.
#[must_use]
pub fn segments(map: &Map) -> Segments {
    let of = |states: &'static [State]| {
        let paints = map.paints.iter().filter(move |paint| states.contains(&paint.state));
        paints.map(|paint| (paint.address, paint.address.saturating_add(paint.bytes)))
    };
    let ready = joined(of(&[State::Heap, State::Used, State::Kept]), 0);
    // A table's address that became heap, or the reverse, is shown once.
    let tables = without(&joined(of(&[State::Table]), GAP), &ready);
    let released = without(&joined(of(&[State::Released]), 0), &tables);
    let heap = joined(ready.into_iter().chain(released), GAP);
    let tables = without(&tables, &heap);
    let total: u64 = heap.iter().chain(&tables).map(|(start, end)| end - start).sum();
    let mut unit = map.page.max(1);
    while total / unit > MOST {
        unit *= 2;
    }
    let segment = |tables| {
        move |&(start, end): &(u64, u64)| {
            let first = start / unit;
            Segment { first, pages: end.div_ceil(unit) - first, tables }
        }
    };
    let list = heap.iter().map(segment(false)).chain(tables.iter().map(segment(true)));
    Segments { unit, list: list.collect() }
}

/// Ranges sorted and apart; those with at most `gap` between them are one.
fn joined(ranges: impl Iterator<Item = (u64, u64)>, gap: u64) -> Vec<(u64, u64)> {
    let mut all: Vec<_> = ranges.filter(|(start, end)| start < end).collect();
    all.sort_unstable();
    all.dedup();
    let mut apart: Vec<(u64, u64)> = Vec::new();
    for (start, end) in all {
        match apart.last_mut() {
            Some(last) if start <= last.1.saturating_add(gap) => last.1 = last.1.max(end),
            _ => apart.push((start, end)),
        }
    }
    apart
}

/// What of `ranges` is not in `others`; both are sorted and apart.
fn without(ranges: &[(u64, u64)], others: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut rest = Vec::new();
    for &(start, end) in ranges {
        let mut from = start;
        let inside = others.iter().filter(|other| other.0 < end && other.1 > start);
        for &(first, behind) in inside {
            if first > from {
                rest.push((from, first));
            }
            from = from.max(behind);
        }
        if from < end {
            rest.push((from, end));
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Paint;

    fn map(paints: &[(u64, u64, State)]) -> Map {
        let paint = |&(address, bytes, state): &(u64, u64, State)| Paint {
            point: 0,
            address,
            bytes,
            state,
            name: 0,
        };
        Map { page: 4096, base: 0, paints: paints.iter().map(paint).collect() }
    }

    #[test]
    fn reservations_are_cut_out_and_tables_are_apart() {
        let segments = segments(&map(&[
            (0, 1 << 30, State::Reserved),
            (1 << 20, 4096, State::Table),
            (64 << 20, 4 << 20, State::Heap),
            (68 << 20, 4096, State::Used),
            (512 << 20, 4096, State::Kept),
        ]));
        let segment = |first, pages, tables| Segment { first, pages, tables };
        assert_eq!(segments.unit, 4096);
        assert_eq!(
            segments.list,
            [segment(16384, 1025, false), segment(131_072, 1, false), segment(256, 1, true)]
        );
    }

    #[test]
    fn an_address_that_was_both_is_shown_once() {
        let segments = segments(&map(&[(0, 16384, State::Table), (4096, 8192, State::Used)]));
        let total: u64 = segments.list.iter().map(|one| one.pages).sum();
        assert_eq!(total, 4);
        assert_eq!(segments.list.len(), 3);
    }

    #[test]
    fn what_was_given_back_is_shown_with_what_it_was() {
        let segments = segments(&map(&[
            (0, 4 << 20, State::Table),
            (1 << 20, 4096, State::Released),
            (64 << 20, 4096, State::Released),
        ]));
        let segment = |first, pages, tables| Segment { first, pages, tables };
        assert_eq!(segments.list, [segment(16384, 1, false), segment(0, 1024, true)]);
    }

    #[test]
    fn a_large_program_has_larger_pages() {
        let segments = segments(&map(&[(0, 64 << 30, State::Used)]));
        assert_eq!(segments.unit, 16384);
        assert_eq!(segments.list[0].pages, 4 << 20);
    }
}
