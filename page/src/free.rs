//! The layer's free list over time. The map does not show all of it: most of it lies
//! between reservations, which are cut out.

use crate::data::{Paint, State};
use std::collections::BTreeMap;

/// A range that comes onto the free list, or leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The index of the point.
    pub point: u32,
    /// Where the range begins.
    pub address: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Whether it comes onto the list.
    pub comes: bool,
}

/// What happened to the list.
#[must_use]
pub fn events(paints: &[Paint]) -> Vec<Event> {
    // The list at the moment: the end of each block by its beginning.
    let mut list: BTreeMap<u64, u64> = BTreeMap::new();
    let mut events = Vec::new();
    for paint in paints {
        let (start, end) = (paint.address, paint.address.saturating_add(paint.bytes));
        // 98 % of the paints have nothing to do with it.
        let touched: Vec<(u64, u64)> = list
            .range(..end)
            .rev()
            .map(|(&from, &to)| (from, to))
            .take_while(|&(_, to)| to > start)
            .collect();
        for (from, to) in touched {
            list.remove(&from);
            if from < start {
                list.insert(from, start);
            }
            if to > end {
                list.insert(end, to);
            }
            let (from, to) = (from.max(start), to.min(end));
            events.push(Event {
                point: paint.point,
                address: from,
                bytes: to - from,
                comes: false,
            });
        }
        if paint.state == State::Free && start < end {
            list.insert(start, end);
            events.push(Event {
                point: paint.point,
                address: start,
                bytes: end - start,
                comes: true,
            });
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(point: u32, address: u64, bytes: u64, state: State) -> Paint {
        Paint { point, address, bytes, state, name: 0 }
    }

    #[test]
    fn what_is_taken_leaves_the_list() {
        let events = events(&[
            paint(0, 0, 100, State::Free),
            paint(1, 20, 30, State::Table),
            paint(2, 200, 50, State::Used),
            paint(3, 0, 100, State::None),
        ]);
        let event = |point, address, bytes, comes| Event { point, address, bytes, comes };
        assert_eq!(
            events,
            [
                event(0, 0, 100, true),
                event(1, 20, 30, false),
                event(3, 50, 50, false),
                event(3, 0, 20, false),
            ]
        );
    }

    #[test]
    fn what_comes_twice_is_there_once() {
        let events = events(&[paint(0, 0, 100, State::Free), paint(1, 50, 100, State::Free)]);
        let total = events.iter().fold(0, |total, event| {
            if event.comes { total + event.bytes } else { total - event.bytes }
        });
        assert_eq!(total, 150);
    }
}
