//! Which line of the map an address is in: the parts that are shown, one upon the other.

use crate::segments::{Segment, Segments};

/// A part, and the row that it begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The part.
    pub segment: Segment,
    /// Its first row, counted from the lowest one.
    pub row: u64,
}

/// All parts: those of the heap below, then those of the tables.
pub struct Rows {
    /// By address, the heap's first.
    pub all: Vec<Placed>,
    by_address: Vec<Placed>,
    /// How many rows are the heap's.
    pub heap: u64,
    /// How many there are.
    pub count: u64,
}

impl Rows {
    /// Puts the parts one upon the other.
    pub fn new(segments: &Segments) -> Self {
        let mut count = 0;
        let mut heap = 0;
        let mut all = Vec::new();
        for &segment in &segments.list {
            all.push(Placed { segment, row: count });
            count += segment.pages;
            heap += if segment.tables { 0 } else { segment.pages };
        }
        let mut by_address = all.clone();
        by_address.sort_by_key(|one| one.segment.first);
        Self { all, by_address, heap, count }
    }

    /// The rows of the pages from `first` up to `end`, part by part.
    pub fn of(&self, first: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let from = self.by_address.partition_point(|one| one.segment.first <= first);
        let parts = &self.by_address[from.saturating_sub(1)..];
        parts.iter().take_while(move |one| one.segment.first < end).filter_map(move |one| {
            let low = first.max(one.segment.first);
            let high = end.min(one.segment.first + one.segment.pages);
            let row = |page: u64| one.row + page - one.segment.first;
            (low < high).then(|| (row(low), row(high)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_is_cut_is_in_several_parts() {
        let segment = |first, pages, tables| Segment { first, pages, tables };
        let list = vec![segment(100, 10, false), segment(300, 5, false), segment(20, 3, true)];
        let rows = Rows::new(&Segments { unit: 4096, list });
        let of = |first, end| rows.of(first, end).collect::<Vec<_>>();
        assert_eq!((rows.heap, rows.count), (15, 18));
        assert_eq!(of(105, 302), [(5, 10), (10, 12)]);
        assert_eq!(of(0, 1000), [(15, 18), (0, 10), (10, 15)]);
        assert_eq!(of(110, 300), []);
        assert_eq!(of(0, 20), []);
    }
}
