//! The pixels of the map: which address was in which state from when to when.

use super::raster::Raster;
use super::rows::Rows;
use crate::axes::share;
use crate::data::{Map, Point, State};
use crate::png::Pixels;
use std::collections::BTreeSet;

/// The states that are drawn, with their colours and what to call them, in the order in which
/// a legend has them. In grey each heap's state is lighter than the one before.
pub const STATES: [(State, [u8; 3], &str); 7] = [
    (State::Used, [0x00, 0x72, 0xb2], "heap in use"),
    (State::Free, [0xd5, 0x5e, 0x00], "on gosbrk's free list"),
    (State::Heap, [0x8a, 0xa9, 0xc4], "heap, use not known"),
    (State::Kept, [0xe6, 0x9f, 0x00], "heap kept free"),
    (State::Table, [0xcc, 0x79, 0xa7], "a table of the runtime"),
    (State::Released, [0xcb, 0xdc, 0xea], "given back to the kernel"),
    (State::Reserved, [0xef, 0xf1, 0xf3], "reserved"),
];

/// The map as pixels.
pub struct Picture {
    /// The heap, its lowest address at the bottom.
    pub heap: Option<Pixels>,
    /// The tables.
    pub tables: Option<Pixels>,
    /// The states that are in it.
    pub seen: BTreeSet<State>,
}

/// Draws a map from time 0 up to `end`, `width` pixels wide, the two parts so many high.
pub fn picture(
    map: &Map,
    (points, end): (&[Point], u64),
    (rows, unit): (&Rows, u64),
    (width, heap, tables): (usize, usize, usize),
) -> Picture {
    let band = |from: u64, to: u64, height| {
        (from < to).then(|| Band { from, to, raster: Raster::new(width, height) })
    };
    let count = usize::try_from(rows.count).unwrap_or(0);
    let mut painting = Painting {
        state: vec![(State::None, 0); count],
        bands: [band(0, rows.heap, heap), band(rows.heap, rows.count, tables)],
        seen: BTreeSet::new(),
        time: |point: u32| points.get(point as usize).map_or(end, |point| point.time),
        end,
    };
    for paint in &map.paints {
        let first = paint.address / unit;
        let behind = paint.address.saturating_add(paint.bytes).div_ceil(unit);
        for (low, high) in rows.of(first, behind) {
            painting.paint((low, high), paint.state, paint.point);
        }
    }
    // What there is at the end lasts until then.
    painting.paint((0, rows.count), State::None, u32::MAX);
    let mut colours = [[0xff; 3]; 8];
    for (state, colour, _) in STATES {
        colours[state as usize] = colour;
    }
    let [heap, tables] = painting.bands;
    let pixels = |band: Option<Band>| band.map(|band| band.raster.pixels(&colours));
    Picture { heap: pixels(heap), tables: pixels(tables), seen: painting.seen }
}

/// Some rows, which are drawn by themselves.
struct Band {
    from: u64,
    to: u64,
    raster: Raster,
}

struct Painting<T> {
    /// Of each row, and since which point.
    state: Vec<(State, u32)>,
    bands: [Option<Band>; 2],
    seen: BTreeSet<State>,
    time: T,
    end: u64,
}

impl<T: Fn(u32) -> u64> Painting<T> {
    /// From a point on these rows are in another state: draws what they were.
    fn paint(&mut self, (low, high): (u64, u64), state: State, point: u32) {
        let index = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let (mut row, high) = (index(low), index(high));
        while row < high {
            let old = self.state[row];
            let same = self.state[row..high].iter().take_while(|one| **one == old).count();
            if old.0 != state {
                self.state[row..row + same].fill((state, point));
                self.draw((row as u64, (row + same) as u64), old, point);
            }
            row += same;
        }
    }

    fn draw(&mut self, (low, high): (u64, u64), (state, since): (State, u32), until: u32) {
        if state == State::None {
            return;
        }
        self.seen.insert(state);
        let x = [since, until].map(|point| share((self.time)(point), self.end));
        for band in self.bands.iter_mut().flatten() {
            let (low, high) = (low.max(band.from), high.min(band.to));
            if low < high {
                let y = [high, low].map(|row| share(band.to - row, band.to - band.from));
                band.raster.cover(state, (x[0], x[1]), (y[0], y[1]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Paint;
    use crate::segments::segments;

    /// A heap of four pages: all in use at first, the upper half kept free from the middle on,
    /// and a table beside it.
    #[test]
    fn the_picture_is_what_was_when_and_where() {
        let paint = |point, address, bytes, state| Paint { point, address, bytes, state, name: 0 };
        let paints = vec![
            paint(0, 1 << 20, 16384, State::Used),
            paint(0, 0, 4096, State::Table),
            paint(1, (1 << 20) + 8192, 8192, State::Kept),
        ];
        let map = Map { page: 4096, base: 0, paints };
        let times = [0, 50].map(|time| Point { time, number: 0 });
        let segments = segments(&map);
        let rows = Rows::new(&segments);
        let made = picture(&map, (&times, 100), (&rows, segments.unit), (2, 2, 1));
        let colour = |state| STATES.iter().find(|one| one.0 == state).unwrap().1;
        let [used, kept] = [State::Used, State::Kept].map(colour);
        assert_eq!(made.heap.unwrap().bytes, [used, kept, used, used].concat());
        assert_eq!(made.tables.unwrap().bytes, [colour(State::Table); 2].concat());
        assert_eq!(made.seen, [State::Used, State::Kept, State::Table].into());
    }

    /// Also who has no colours tells the heap's states apart.
    #[test]
    fn states_differ_in_grey() {
        let grey = |[red, green, blue]: [u8; 3]| {
            (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000
        };
        let greys = |unknown: State, table: State| {
            let all = STATES.iter().filter(move |one| one.0 != unknown && one.0 != table);
            all.map(|one| grey(one.1)).collect::<Vec<_>>()
        };
        // A heap of which the use is known has no part of which it is not, and the tables have
        // a band of their own.
        for unknown in [State::Heap, State::Kept] {
            let greys = greys(unknown, State::Table);
            assert!(greys.windows(2).all(|two| two[1] >= two[0] + 24), "{greys:?}");
        }
    }
}
