//! Ranges and what they are at the moment; notes each change of them.

use crate::data::{Paint, State};
use gosbrk_trace::runs::Runs;

/// What a range is, and what for: an index of the names.
pub type What = (State, u16);

/// All ranges, and what has changed so far.
pub struct Painter {
    runs: Runs<What>,
    paints: Vec<Paint>,
    heap: u16,
    has_bitmaps: bool,
    bloc: u64,
}

/// A name's index, as paints have it.
pub fn index(name: u64) -> u16 {
    u16::try_from(name).unwrap_or(0)
}

impl Painter {
    /// None yet. `heap` is the heap's name, `has_bitmaps` whether the trace says which of its
    /// pages are in use, `start` where the segment begins.
    pub fn new(heap: u16, has_bitmaps: bool, start: u64) -> Self {
        Self { runs: Runs::default(), paints: Vec::new(), heap, has_bitmaps, bloc: start }
    }

    /// All changes, in order.
    pub fn done(self) -> Vec<Paint> {
        self.paints
    }

    /// Where the break is.
    pub const fn bloc(&self) -> u64 {
        self.bloc
    }

    /// The break moves up. What is new is free, until something else is painted over it.
    pub fn grow(&mut self, point: u32, bloc: u64) {
        if bloc > self.bloc {
            let from = std::mem::replace(&mut self.bloc, bloc);
            let free = |old: Option<What>| old.is_none().then_some(State::Free);
            self.recolour(point, (from, bloc), free);
        }
    }

    /// The colour of a state of the trace.
    fn state(&self, state: u64, name: u16, address: u64) -> State {
        match state {
            1 | 2 => State::Reserved,
            3 if name != self.heap => State::Table,
            3 if self.has_bitmaps => State::Used,
            3 => State::Heap,
            4 => State::Released,
            0 if address < self.bloc => State::Free,
            _ => State::None,
        }
    }

    /// Gives a range a state of the trace, under a name that may depend on its old one.
    pub fn set(&mut self, point: u32, range: (u64, u64), state: u64, name: impl Fn(u16) -> u16) {
        let mut parts = Vec::new();
        self.runs.each(range.0, range.1, |from, to, old| {
            parts.push((from, to, name(old.map_or(0, |(_, name)| name))));
        });
        // Almost always one: then it is painted whole, so that it is the call's own range.
        parts.dedup_by(|next, last| {
            let same = last.2 == next.2;
            if same {
                last.1 = next.1;
            }
            same
        });
        for (from, to, name) in parts {
            let state = self.state(state, name, from);
            self.paint(
                point,
                (from, to),
                state,
                if state == State::Table { name } else { 0 },
                name,
            );
        }
    }

    /// Paints a range, unless it is that already.
    fn paint(&mut self, point: u32, range: (u64, u64), state: State, shown: u16, name: u16) {
        let (address, end) = range;
        let what = (state != State::None).then_some((state, name));
        let mut changed = false;
        self.runs.update(address, end, |_| what, |_| changed = true);
        if changed {
            let bytes = end - address;
            self.paints.push(Paint { point, address, bytes, state, name: shown });
        }
    }

    /// Paints the parts of a range that `to` has another state for.
    pub fn recolour(
        &mut self,
        point: u32,
        range: (u64, u64),
        to: impl Fn(Option<What>) -> Option<State>,
    ) {
        let mut parts = Vec::new();
        self.runs.each(range.0, range.1, |from, end, old| {
            let new = to(old).filter(|new| old.is_none_or(|(before, _)| before != *new));
            if let Some(state) = new {
                parts.push(((from, end), state, old.map_or(0, |(_, name)| name)));
            }
        });
        for (range, state, name) in parts {
            self.paint(point, range, state, 0, name);
        }
    }

    /// Addresses above a break that moved down are nobody's.
    pub fn shrink(&mut self, point: u32, bloc: u64) {
        if bloc < self.bloc {
            let free =
                |old: Option<What>| matches!(old, Some((State::Free, _))).then_some(State::None);
            self.recolour(point, (bloc, self.bloc), free);
            self.bloc = bloc;
        }
    }
}
