//! The runtime's own bitmaps, which say what pages of the heap are in use.

use super::painter::{Painter, What};
use super::table::Table;
use crate::data::State;

/// The runtime's bitmaps of the heap.
pub struct Bitmaps {
    calls: Vec<u64>,
    addresses: Vec<u64>,
    bits: Vec<u64>,
    page: u64,
    /// Bytes of the bits of one in the columns.
    bytes: usize,
    /// Pages that one is about: fewer than there are bits for where arenas are small.
    pages: usize,
    next: usize,
}

impl Bitmaps {
    /// Those of a trace.
    pub fn of(table: &Table) -> Self {
        let of = |name: &str| table.words("bitmap", name);
        let addresses = of("addr");
        let bits = of("bits");
        let bytes = bits.len().checked_div(addresses.len()).unwrap_or(0);
        let word = |key: &str| table.0.meta[key].as_u64();
        let page = word("heap_page").unwrap_or(0);
        let pages = word("chunk_pages").and_then(|pages| usize::try_from(pages).ok());
        let pages = pages.map_or(8 * bytes, |pages| pages.min(8 * bytes));
        Self { calls: of("call"), addresses, bits, page, bytes, pages, next: 0 }
    }

    /// Takes those up to a call.
    pub fn up_to(&mut self, call: u64, point: u32, painter: &mut Painter) {
        while self.calls.get(self.next).is_some_and(|one| *one <= call) {
            let first = self.next * self.bytes;
            let bits = &self.bits[first..first + self.bytes];
            let bit = |page: usize| bits[page / 8] >> (page % 8) & 1;
            let pages = self.pages;
            let start = self.addresses[self.next];
            let address = |page: usize| start.saturating_add(page as u64 * self.page);
            let mut page = 0;
            while page < pages {
                let mut end = page + 1;
                while end < pages && bit(end) == bit(page) {
                    end += 1;
                }
                let state = if bit(page) == 1 { State::Used } else { State::Kept };
                let ready = |old: Option<What>| {
                    let is_ready =
                        matches!(old, Some((State::Heap | State::Used | State::Kept, _)));
                    is_ready.then_some(state)
                };
                painter.recolour(point, (address(page), address(end)), ready);
                page = end;
            }
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gosbrk_trace::page::{Column, Numbers, Page};
    use serde_json::json;

    /// Two chunks of 128 pages, side by side and all in use; the first is read again later.
    /// What is behind it stays as it was.
    #[test]
    fn a_bitmap_of_a_small_chunk_says_nothing_of_the_next_one() {
        let column = |name: &str, numbers| Column { group: "bitmap", name: name.into(), numbers };
        let full = [vec![0xff; 16], vec![0; 48]].concat();
        let columns = vec![
            column("call", Numbers::Words(vec![1, 1, 2])),
            column("addr", Numbers::Words(vec![0, 1 << 20, 0])),
            column("bits", Numbers::Bytes(full.repeat(3))),
        ];
        let meta = json!({ "heap_page": 8192, "chunk_pages": 128 });
        let page = Page { meta, columns };
        let mut painter = Painter::new(0, true, 0);
        painter.grow(0, 4 << 20);
        painter.set(0, (0, 2 << 20), 3, |_| 0);
        let mut bitmaps = Bitmaps::of(&Table(&page));
        bitmaps.up_to(1, 1, &mut painter);
        bitmaps.up_to(2, 2, &mut painter);
        let paints = painter.done();
        assert!(paints.iter().all(|paint| paint.state != State::Kept), "{paints:?}");
    }
}
