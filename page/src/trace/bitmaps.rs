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
    /// Bytes of the bits of one.
    bytes: usize,
    next: usize,
}

impl Bitmaps {
    /// Those of a trace.
    pub fn of(table: &Table) -> Self {
        let of = |name: &str| table.words("bitmap", name);
        let addresses = of("addr");
        let bits = of("bits");
        let bytes = bits.len().checked_div(addresses.len()).unwrap_or(0);
        let page = table.0.meta["heap_page"].as_u64().unwrap_or(0);
        Self { calls: of("call"), addresses, bits, page, bytes, next: 0 }
    }

    /// Takes those up to a call.
    pub fn up_to(&mut self, call: u64, point: u32, painter: &mut Painter) {
        while self.calls.get(self.next).is_some_and(|one| *one <= call) {
            let first = self.next * self.bytes;
            let bits = &self.bits[first..first + self.bytes];
            let bit = |page: usize| bits[page / 8] >> (page % 8) & 1;
            let pages = 8 * self.bytes;
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
