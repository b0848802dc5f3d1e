//! What changes ranges: calls, what a trace says besides, and the break.

use super::painter::{Painter, index};
use super::table::Table;
use crate::data::State;

/// The state `becomes` that says nothing.
const NOTHING: u64 = 255;
/// Functions that matter here, by their numbers in the trace format.
const USED: u64 = 7;

/// The calls.
pub struct Steps {
    calls: Vec<u64>,
    kinds: Vec<u64>,
    errors: Vec<u64>,
    addresses: Vec<u64>,
    sizes: Vec<u64>,
    names: Vec<u64>,
    becomes: Vec<u64>,
    page: u64,
}

impl Steps {
    /// Those of a trace.
    pub fn of(table: &Table) -> Self {
        let of = |name: &str| table.words("step", name);
        Self {
            calls: of("call"),
            kinds: of("kind"),
            errors: of("error"),
            addresses: of("addr"),
            sizes: of("size"),
            names: of("name"),
            becomes: of("becomes"),
            page: table.0.meta["page"].as_u64().unwrap_or(4096),
        }
    }

    /// The number of the last call of a step.
    pub fn number(&self, step: usize) -> u64 {
        self.calls[step]
    }

    /// Does what a step did, as far as it says so itself.
    pub fn call(&self, step: usize, point: u32, painter: &mut Painter) {
        let from = self.addresses[step];
        let size = self.sizes[step].checked_next_multiple_of(self.page).unwrap_or(0);
        let range = (from, from.saturating_add(size));
        let own = index(self.names[step]);
        if self.becomes[step] != NOTHING {
            let name = |old| if own == 0 { old } else { own };
            painter.set(point, range, self.becomes[step], name);
        } else if self.kinds[step] == USED && self.errors[step] == 0 {
            // The runtime takes pages that it has kept ready.
            let kept = |old| matches!(old, Some((State::Kept, _))).then_some(State::Used);
            painter.recolour(point, range, kept);
        }
    }
}

/// Ranges that are something else from a step on.
pub struct Changes {
    steps: Vec<u64>,
    addresses: Vec<u64>,
    sizes: Vec<u64>,
    states: Vec<u64>,
    names: Vec<u64>,
    next: usize,
}

impl Changes {
    /// Those of a group of columns.
    pub fn of(table: &Table, group: &str) -> Self {
        let of = |name: &str| table.words(group, name);
        Self {
            steps: of("step"),
            addresses: of("addr"),
            sizes: of("size"),
            states: of("state"),
            names: of("name"),
            next: 0,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// Makes all of them, at the first point.
    pub fn all(&self, painter: &mut Painter) {
        (0..self.addresses.len()).for_each(|i| self.one(i, 0, painter));
    }

    /// Makes those of a step.
    pub fn step(&mut self, step: u64, point: u32, painter: &mut Painter) {
        while self.steps.get(self.next) == Some(&step) {
            self.one(self.next, point, painter);
            self.next += 1;
        }
    }

    fn one(&self, i: usize, point: u32, painter: &mut Painter) {
        let range = (self.addresses[i], self.addresses[i].saturating_add(self.sizes[i]));
        let name = index(self.names[i]);
        painter.set(point, range, self.states[i], |_| name);
    }
}

/// Where the break has moved.
pub struct Breaks {
    steps: Vec<u64>,
    blocs: Vec<u64>,
    next: usize,
}

impl Breaks {
    /// Those of a trace.
    pub fn of(table: &Table) -> Self {
        let of = |name: &str| table.words("break", name);
        Self { steps: of("step"), blocs: of("bloc"), next: 0 }
    }

    /// Takes one.
    pub fn one(&mut self, point: u32, painter: &mut Painter) -> u64 {
        let Some(&bloc) = self.blocs.get(self.next) else { return painter.bloc() };
        self.next += 1;
        painter.grow(point, bloc);
        bloc
    }

    /// Takes those of a step, and gives where the break is behind it.
    pub fn up(&mut self, step: u64, point: u32, painter: &mut Painter) -> u64 {
        let mut bloc = painter.bloc();
        while self.steps.get(self.next) == Some(&step) {
            bloc = self.one(point, painter);
        }
        bloc
    }
}
