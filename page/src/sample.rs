//! An invented program, for tests and measurements: a service that loads something,
//! serves bursts, calms down, and keeps most of its memory. The same calls each time.

use crate::data::{
    Call, Calls, Growth, Map, Page, Paint, Peaks, Point, Source, State, Step, Waste,
};
use gosbrk_look::model::{Counters, Known, Moment, Process};

const MIB: u64 = 1 << 20;
const UNIT: u64 = 64 << 10;
const BASE: u64 = 0x4000_0000;
const HEAP: u64 = BASE + 1024 * MIB;
/// Units of the heap at the most: 128 MiB.
const UNITS: usize = 2048;

/// What the program is at the moment.
struct Program {
    heap: Vec<State>,
    rest: u64,
    page: Page,
    last: Option<[Known; 10]>,
}

/// A page of this many calls, at least 8.
#[must_use]
pub fn page(calls: usize) -> Page {
    let mut at = Program { heap: vec![State::Reserved; UNITS], rest: 1, page: empty(), last: None };
    at.begin();
    let first = at.page.points.len();
    for i in first..calls.max(8) {
        at.step(i, calls);
        at.rows();
    }
    let total = |point: u32, keys: &[usize]| {
        keys.iter().fold(0, |sum, &row| sum + value(&at.page.rows[row], point))
    };
    let highest = |keys: &[usize]| {
        let points = 0..u32::try_from(at.page.points.len()).unwrap_or(u32::MAX);
        points.rev().max_by_key(|&point| total(point, keys))
    };
    let peaks = Peaks { rss: highest(&[9]), heap: highest(&[0, 1, 2, 3]) };
    at.page.peaks = peaks;
    at.page
}

fn value(steps: &[Step], point: u32) -> u64 {
    let step = steps.partition_point(|step| step.point <= point) - 1;
    *steps[step].value.as_ref().unwrap_or(&0)
}

impl Program {
    /// Numbers without a pattern, the same each time.
    fn random(&mut self, below: u64) -> u64 {
        self.rest ^= self.rest << 13;
        self.rest ^= self.rest >> 7;
        self.rest ^= self.rest << 17;
        self.rest % below
    }

    /// The layer's first calls: tables, a reservation for the heap, and slack before it.
    fn begin(&mut self) {
        self.paint(BASE, 1152 * MIB, State::Free, 0);
        self.call(3, BASE + MIB, 600 * MIB, 1, State::Reserved);
        self.call(1, BASE + 640 * MIB, 2 * MIB, 2, State::Table);
        self.call(4, HEAP, 128 * MIB, 3, State::Reserved);
        self.call(7, BASE + MIB, UNIT, 1, State::Table);
    }

    /// One call: the heap grows towards what the time of day needs, or gives back.
    fn step(&mut self, i: usize, calls: usize) {
        let progress = i * 100 / calls;
        let wanted = match progress {
            0..10 => 300,
            10..30 => 160,
            30..80 => 1500 + 4 * progress,
            _ => 1400,
        };
        let ready = self.heap.iter().filter(|state| **state >= State::Used).count();
        let unit = usize::try_from(self.random(wanted as u64 + 1)).unwrap_or(0);
        let size = 1 + usize::try_from(self.random(6)).unwrap_or(0);
        let end = (unit + size).min(UNITS);
        if ready < wanted && self.heap[unit] < State::Used {
            self.change(7, unit, end, State::Used);
        } else if self.random(3) == 0 || progress > 92 {
            self.change(6, unit, end, State::Released);
        } else {
            self.change(7, unit, end, State::Used);
        }
        // The runtime's bitmap: what is in use among what is ready.
        let calm = progress > 80;
        if i % 4 == 0 {
            let first = usize::try_from(self.random(wanted as u64)).unwrap_or(0);
            let pins = self.random(7) == 0;
            let state = if calm && !pins { State::Kept } else { State::Used };
            for unit in first..(first + 12).min(UNITS) {
                if self.heap[unit] >= State::Used && self.heap[unit] != state {
                    self.heap[unit] = state;
                    self.paint(HEAP + unit as u64 * UNIT, UNIT, state, 4);
                }
            }
        }
    }

    fn change(&mut self, function: u8, first: usize, end: usize, state: State) {
        self.heap[first..end].fill(state);
        let address = HEAP + first as u64 * UNIT;
        self.call(function, address, (end - first) as u64 * UNIT, 4, state);
    }

    fn call(&mut self, function: u8, address: u64, bytes: u64, name: u16, state: State) {
        let before = self.page.points.last().map_or(0, |point| point.time);
        let time = before + 1 + self.random(100_000);
        let number = self.page.points.len() as u64;
        self.page.points.push(Point { time, number });
        let thread = 1 + u16::try_from(self.random(4)).unwrap_or(0);
        if let Ok(calls) = &mut self.page.calls {
            calls.list.push(Call { function, error: 0, thread, name, address, bytes });
        }
        self.paint(address, bytes, state, name);
        if self.last.is_none() {
            self.rows();
        }
    }

    fn paint(&mut self, address: u64, bytes: u64, state: State, name: u16) {
        let point = u32::try_from(self.page.points.len().max(1) - 1).unwrap_or(u32::MAX);
        if let Ok(map) = &mut self.page.map {
            map.paints.push(Paint { point, address, bytes, state, name });
        }
    }

    /// The rows now, from counters that fit: not known at first, as in a real trace.
    fn rows(&mut self) {
        let point = u32::try_from(self.page.points.len() - 1).unwrap_or(u32::MAX);
        let count = |state| self.heap.iter().filter(|one| **one == state).count() as u64 * UNIT;
        let (used, kept) = (count(State::Used), count(State::Kept));
        let stacks = used / 40;
        let in_use = used - stacks;
        let held = in_use - in_use / 9;
        let counters = Counters {
            heap_live: held,
            heap_in_use: in_use,
            heap_free: kept,
            stacks,
            tables: 2 * MIB + 3 * UNIT,
            ..Counters::default()
        };
        let ready = counters.sum();
        let resident = ready - ready / 30;
        let file = 2 * MIB;
        let process =
            Process { rss: Ok(resident + file + 400_000), file: Ok(file), resident: Ok(resident) };
        let runtime =
            if point < 3 { Err("the runtime has not begun to count".into()) } else { Ok(counters) };
        let mut moment = Moment::of(&[runtime], &process, Ok(100_000));
        moment.other = moment.other.map(|other| other - 100_000);
        let now = moment.rows().map(|(_, known)| known.clone());
        for (i, known) in now.iter().enumerate() {
            if self.last.as_ref().is_none_or(|last| last[i] != *known) {
                self.page.rows[i].push(Step { point, value: known.clone() });
            }
        }
        self.last = Some(now);
    }
}

fn empty() -> Page {
    let names = ["", "page summary", "immortal metadata", "heap reservation", "heap"];
    let threads = ["", "thread 1 (4711)", "thread 2 (4713)", "thread 3 (4714)", "thread 4 (4715)"];
    let text = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    let growth = |bytes, count, first, function: &str, own: &str, place: &str| Growth {
        bytes,
        count,
        first,
        function: function.into(),
        own: own.into(),
        place: place.into(),
    };
    Page {
        title: "sample".into(),
        facts: text(&["go1.27.3", "compact", "process 4711"]),
        notes: Vec::new(),
        source: Source::Trace,
        points: Vec::new(),
        rows: std::array::from_fn(|_| Vec::new()),
        peaks: Peaks::default(),
        calls: Ok(Calls { list: Vec::new(), threads: text(&threads), names: text(&names) }),
        others: Err("a sample has no parts".into()),
        map: Ok(Map { page: 4096, base: BASE, paints: Vec::new() }),
        growths: Ok(vec![
            growth(
                75_497_472,
                18,
                7,
                "encoding/json.(*Decoder).refill",
                "main.handle",
                "main.go:40",
            ),
            growth(25_165_824, 6, 5, "main.loadIndex", "main.loadIndex", "main.go:27"),
            growth(4_194_304, 1, 6, "bytes.growSlice", "main.handle", "main.go:38"),
        ]),
        space: Ok(vec![
            ("page summary".into(), 600 * MIB),
            ("heap reservation".into(), 128 * MIB),
            ("immortal metadata".into(), 2 * MIB),
        ]),
        waste: Ok(Waste {
            high: 1152 * MIB,
            parts: vec![
                ("slack of alignment".into(), 384 * MIB),
                ("free list".into(), 37 * MIB),
                ("tail".into(), MIB),
            ],
        }),
        outlook: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn every_call_has_its_point_and_its_rows_begin_at_the_first() {
        let page = page(500);
        assert_eq!(page.points.len(), 500);
        assert_eq!(page.calls.expect("a trace has calls").list.len(), 500);
        assert!(page.rows.iter().all(|steps| steps[0].point == 0));
        assert!(page.points.windows(2).all(|pair| pair[0].time <= pair[1].time));
    }
}
