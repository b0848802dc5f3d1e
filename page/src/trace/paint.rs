//! Where the memory is: from the states of a trace and the runtime's bitmaps to changes of
//! address ranges.

use super::line::Line;
use super::table::Table;
use crate::data::{Paint, State};
use gosbrk_trace::runs::Runs;

/// What a range is, and what for: an index of the names.
type What = (State, u16);

/// The state `becomes` that says nothing.
const NOTHING: u64 = 255;
/// Functions that matter here, by their numbers in the trace format.
const USED: u64 = 7;

struct Painter {
    runs: Runs<What>,
    paints: Vec<Paint>,
    heap: u16,
    /// Whether the trace says which pages of the heap are in use.
    has_bitmaps: bool,
    bloc: u64,
}

/// All changes, in order.
pub fn paints(table: &Table, line: &Line) -> Vec<Paint> {
    let meta = &table.0.meta;
    let mut painter = Painter {
        runs: Runs::default(),
        paints: Vec::new(),
        heap: index(meta["heap"].as_u64().unwrap_or(0)),
        has_bitmaps: !table.words("bitmap", "addr").is_empty(),
        bloc: meta["start"].as_u64().unwrap_or(0),
    };
    let steps = Steps::of(table);
    let mut breaks = Breaks::of(table);
    let mut changes = Changes::of(table, "change");
    let mut bitmaps = Bitmaps::of(table);
    // What was there before the first call that is shown. Its break comes first in the list.
    let before = Changes::of(table, "initial");
    if !before.addresses.is_empty() {
        breaks.one(0, &mut painter);
        for i in 0..before.addresses.len() {
            painter.set(0, before.range(i), before.states[i], |_| index(before.names[i]));
        }
    }
    for (step, &point) in line.steps.iter().enumerate() {
        let end = breaks.up(step as u64, point, &mut painter);
        steps.call(step, point, &mut painter);
        changes.step(step as u64, point, &mut painter);
        painter.shrink(point, end);
        bitmaps.up_to(steps.calls[step], point, &mut painter);
    }
    painter.paints
}

fn index(name: u64) -> u16 {
    u16::try_from(name).unwrap_or(0)
}

impl Painter {
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
    fn set(&mut self, point: u32, range: (u64, u64), state: u64, name: impl Fn(u16) -> u16) {
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
    fn recolour(
        &mut self,
        point: u32,
        range: (u64, u64),
        to: impl Fn(Option<What>) -> Option<State>,
    ) {
        let mut parts = Vec::new();
        self.runs.each(range.0, range.1, |from, end, old| {
            if let Some(state) = to(old)
                && old.is_none_or(|(before, _)| before != state)
            {
                parts.push(((from, end), state, old.map_or(0, |(_, name)| name)));
            }
        });
        for (range, state, name) in parts {
            self.paint(point, range, state, 0, name);
        }
    }

    /// Addresses above a break that moved down are nobody's.
    fn shrink(&mut self, point: u32, bloc: u64) {
        if bloc < self.bloc {
            let free =
                |old: Option<What>| matches!(old, Some((State::Free, _))).then_some(State::None);
            self.recolour(point, (bloc, self.bloc), free);
            self.bloc = bloc;
        }
    }
}

/// The calls.
struct Steps {
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
    fn of(table: &Table) -> Self {
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

    fn call(&self, step: usize, point: u32, painter: &mut Painter) {
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
struct Changes {
    steps: Vec<u64>,
    addresses: Vec<u64>,
    sizes: Vec<u64>,
    states: Vec<u64>,
    names: Vec<u64>,
    next: usize,
}

impl Changes {
    fn of(table: &Table, group: &str) -> Self {
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

    fn range(&self, i: usize) -> (u64, u64) {
        (self.addresses[i], self.addresses[i].saturating_add(self.sizes[i]))
    }

    fn step(&mut self, step: u64, point: u32, painter: &mut Painter) {
        while self.steps.get(self.next) == Some(&step) {
            let name = index(self.names[self.next]);
            painter.set(point, self.range(self.next), self.states[self.next], |_| name);
            self.next += 1;
        }
    }
}

/// Where the break has moved.
struct Breaks {
    steps: Vec<u64>,
    blocs: Vec<u64>,
    next: usize,
}

impl Breaks {
    fn of(table: &Table) -> Self {
        let of = |name: &str| table.words("break", name);
        Self { steps: of("step"), blocs: of("bloc"), next: 0 }
    }

    /// Takes one.
    fn one(&mut self, point: u32, painter: &mut Painter) -> u64 {
        let Some(&bloc) = self.blocs.get(self.next) else { return painter.bloc };
        self.next += 1;
        if bloc > painter.bloc {
            // What is new and handed out is painted over it.
            let from = painter.bloc;
            painter.bloc = bloc;
            let free = |old: Option<What>| old.is_none().then_some(State::Free);
            painter.recolour(point, (from, bloc), free);
        }
        bloc
    }

    /// Takes those of a step, and gives where the break is behind it.
    fn up(&mut self, step: u64, point: u32, painter: &mut Painter) -> u64 {
        let mut bloc = painter.bloc;
        while self.steps.get(self.next) == Some(&step) {
            bloc = self.one(point, painter);
        }
        bloc
    }
}

/// The runtime's bitmaps of the heap.
struct Bitmaps {
    calls: Vec<u64>,
    addresses: Vec<u64>,
    bits: Vec<u64>,
    page: u64,
    /// Bytes of the bits of one.
    bytes: usize,
    next: usize,
}

impl Bitmaps {
    fn of(table: &Table) -> Self {
        let of = |name: &str| table.words("bitmap", name);
        let addresses = of("addr");
        let bits = of("bits");
        let bytes = bits.len().checked_div(addresses.len()).unwrap_or(0);
        let page = table.0.meta["heap_page"].as_u64().unwrap_or(0);
        Self { calls: of("call"), addresses, bits, page, bytes, next: 0 }
    }

    /// Takes those up to a call.
    fn up_to(&mut self, call: u64, point: u32, painter: &mut Painter) {
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
