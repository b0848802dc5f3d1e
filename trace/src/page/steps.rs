//! Calls, or neighbours among them, and what they change.

use super::columns::Column;
use super::overlay::Overlay;
use super::rows::Rows;
use crate::definitions::Thread;
use crate::event::{Bitmap, Call, Event};
use crate::figures::Figures;
use crate::file::Trace;
use crate::format::header::Layout;
use crate::format::slot::kind;
use crate::memory::{Change, HEAP, Memory, State, Use};
use crate::picture::Picture;
use crate::stat::{Stat, purpose};
use std::collections::{BTreeMap, HashMap};

/// What `becomes` is when it says nothing.
const NOTHING: u8 = 255;
/// Most parts of the heap's bitmap.
const BITMAPS: usize = 1 << 16;

/// Ranges as columns.
#[derive(Default)]
struct Ranges {
    step: Vec<u64>,
    addr: Vec<u64>,
    size: Vec<u64>,
    state: Vec<u8>,
    name: Vec<u64>,
}

/// All that is drawn, being made.
pub struct Steps {
    each: u64,
    /// Calls that end a step.
    ends: Vec<u64>,
    pub(super) names: Vec<String>,
    name_index: HashMap<u32, u64>,
    pub(super) threads: Vec<Thread>,
    thread_index: HashMap<u32, u64>,
    initial: Ranges,
    change: Ranges,
    pub(super) calls: Vec<u64>,
    words: [Vec<u64>; 5],
    kinds: Vec<u8>,
    errors: Vec<u8>,
    becomes: Vec<u8>,
    brk: [Vec<u64>; 3],
    rows: Rows,
    gc: [Vec<u64>; 3],
    bitmaps: Vec<(u64, u64, Bitmap)>,
    /// Only so many more are left out of those that come.
    bitmap_every: u64,
    overlay: Overlay,
    /// Of the step that is not over: how many calls, and the one that stands for it.
    open: u64,
    shown: Option<Call>,
}

impl Steps {
    /// None yet; what is there already is `initial`.
    pub fn new(trace: &Trace, stat: &Stat, picture: &Picture, each: u64) -> Self {
        let moments = [stat.peak.as_ref(), Some(&stat.end)];
        let mut ends: Vec<u64> = moments.iter().flatten().filter_map(|one| one.call).collect();
        ends.sort_unstable();
        let mut steps = Self {
            each,
            ends,
            names: vec![String::new()],
            name_index: HashMap::new(),
            threads: vec![Thread::default()],
            thread_index: HashMap::new(),
            initial: Ranges::default(),
            change: Ranges::default(),
            calls: Vec::new(),
            words: Default::default(),
            kinds: Vec::new(),
            errors: Vec::new(),
            becomes: Vec::new(),
            brk: Default::default(),
            rows: Rows::default(),
            gc: Default::default(),
            bitmaps: Vec::new(),
            bitmap_every: 1,
            overlay: Overlay::default(),
            open: 0,
            shown: None,
        };
        for (from, to, (state, name)) in picture.memory.runs().iter() {
            let name = steps.name(trace, name);
            steps.initial.push(0, from, to, Some((state, 0)), name);
        }
        steps.moved(&picture.memory);
        steps
    }

    /// The rows before the first step.
    pub fn row(&mut self, picture: &Picture, trace: &Trace) {
        if let Some(call) = picture.calls.checked_sub(1) {
            let ns = trace.clock.ns(picture.ticks).unwrap_or(0);
            self.rows.end(call, ns, Figures::of(picture));
        }
        self.cycles(picture);
    }

    /// What is told between two calls.
    pub fn event(&mut self, event: &Event, picture: &Picture, call: &mut Option<Call>) {
        match event {
            Event::Call(made) => *call = Some(made.clone()),
            Event::Cycles(..) => self.cycles(picture),
            Event::Bitmap(bitmap) => self.bitmap(bitmap, picture),
            _ => {}
        }
    }

    /// A call was made, and all that is told before the next one.
    pub fn call(&mut self, call: Option<Call>, picture: &mut Picture, trace: &Trace) {
        let number = picture.calls.saturating_sub(1);
        let ns = trace.clock.ns(picture.ticks).unwrap_or(0);
        let changes: Vec<Change> = picture.memory.take_changes().collect();
        self.open += 1;
        let is_end = self.open >= self.each || self.ends.binary_search(&number).is_ok();
        let figures = Figures::of(picture);
        if self.each == 1 {
            let call = call.unwrap_or_default();
            let becomes = becomes(&call, &picture.memory, &changes);
            if becomes.is_none() {
                self.changes(trace, &changes);
            }
            self.push(trace, &call, number, ns, becomes.unwrap_or(NOTHING));
        } else {
            for change in &changes {
                self.overlay.note(change);
            }
            let call =
                call.filter(|call| self.shown.as_ref().is_none_or(|shown| call.size > shown.size));
            self.shown = call.or(self.shown.take());
            if is_end {
                self.close(trace, picture, number, ns);
            }
        }
        if is_end {
            self.open = 0;
            self.moved(&picture.memory);
            self.rows.end(number, ns, figures);
        } else {
            self.rows.inside(number, ns, figures);
        }
    }

    /// Ends the last step, if it is not over.
    pub fn finish(&mut self, picture: &mut Picture, trace: &Trace) {
        if self.open > 0 {
            let number = picture.calls.saturating_sub(1);
            let ns = trace.clock.ns(picture.ticks).unwrap_or(0);
            self.close(trace, picture, number, ns);
            self.moved(&picture.memory);
            self.rows.end(number, ns, Figures::of(picture));
        }
    }

    fn close(&mut self, trace: &Trace, picture: &Picture, number: u64, ns: u64) {
        let changes = self.overlay.take(&picture.memory);
        self.changes(trace, &changes);
        let shown = self.shown.take().unwrap_or_default();
        self.push(trace, &shown, number, ns, NOTHING);
        self.open = 0;
    }

    fn push(&mut self, trace: &Trace, call: &Call, number: u64, ns: u64, becomes: u8) {
        let thread = self.thread(trace, call.thread);
        let name = if call.name == 0 { 0 } else { self.name(trace, call.name) };
        let size = if call.kind == kind::RESERVE_ALIGNED { call.given } else { call.size };
        self.calls.push(number);
        for (column, value) in self.words.iter_mut().zip([ns, thread, call.addr, size, name]) {
            column.push(value);
        }
        self.kinds.push(call.kind);
        self.errors.push(call.error);
        self.becomes.push(becomes);
    }

    fn changes(&mut self, trace: &Trace, changes: &[Change]) {
        let step = self.calls.len() as u64;
        for change in changes {
            let name = change.new.map_or(0, |(_, name)| self.name(trace, name));
            self.change.push(step, change.from, change.to, change.new, name);
        }
    }

    /// Notes the break, if it has moved.
    fn moved(&mut self, memory: &Memory) {
        let (_, bloc, bloc_max) = memory.segment();
        if self.brk[1].last() != Some(&bloc) || self.brk[2].last() != Some(&bloc_max) {
            let step = (self.calls.len() as u64).saturating_sub(1);
            for (column, value) in self.brk.iter_mut().zip([step, bloc, bloc_max]) {
                column.push(value);
            }
        }
    }

    fn cycles(&mut self, picture: &Picture) {
        if let Some((count, goal)) = picture.cycles {
            let call = picture.calls.saturating_sub(1);
            for (column, value) in self.gc.iter_mut().zip([call, count, goal]) {
                column.push(value);
            }
        }
    }

    fn bitmap(&mut self, bitmap: &Bitmap, picture: &Picture) {
        let call = picture.calls.saturating_sub(1);
        let place = call / self.bitmap_every;
        // Of a part, the last one in each stretch of calls.
        let same = self.bitmaps.iter().rev().take_while(|one| one.0 / self.bitmap_every == place);
        let same = same.take(512).position(|one| one.2.addr == bitmap.addr);
        let one = (call, picture.ticks, *bitmap);
        match same.filter(|_| self.bitmap_every > 1) {
            Some(back) => {
                let at = self.bitmaps.len() - 1 - back;
                self.bitmaps[at].2 = *bitmap;
            }
            None => self.bitmaps.push(one),
        }
        if self.bitmaps.len() > BITMAPS {
            self.bitmap_every *= 4;
            let mut kept: BTreeMap<(u64, u64), (u64, u64, Bitmap)> = BTreeMap::new();
            for one in self.bitmaps.drain(..) {
                kept.insert((one.0 / self.bitmap_every, one.2.addr), one);
            }
            self.bitmaps.extend(kept.into_values());
        }
    }

    /// The page's index of a name.
    fn name(&mut self, trace: &Trace, name: u32) -> u64 {
        let names = &mut self.names;
        *self.name_index.entry(name).or_insert_with(|| {
            let text = purpose(trace, name);
            let at = names.iter().position(|other| *other == text);
            let at = at.unwrap_or_else(|| {
                names.push(text);
                names.len() - 1
            });
            at as u64
        })
    }

    /// Most calls of a step.
    pub(super) const fn each(&self) -> u64 {
        self.each
    }

    /// When the first and the last step end, in nanoseconds.
    pub(super) fn span(&self) -> (u64, u64) {
        let [ns, ..] = &self.words;
        (ns.first().copied().unwrap_or(0), ns.last().copied().unwrap_or(0))
    }

    /// The page's index of the heap's name.
    pub(super) fn heap(&mut self, trace: &Trace) -> u64 {
        self.name(trace, HEAP)
    }

    fn thread(&mut self, trace: &Trace, thread: u32) -> u64 {
        if thread == 0 {
            return 0;
        }
        let threads = &mut self.threads;
        *self.thread_index.entry(thread).or_insert_with(|| {
            threads.push(trace.definitions.thread(thread));
            threads.len() as u64 - 1
        })
    }

    /// The columns.
    pub fn columns(self, trace: &Trace) -> Vec<Column> {
        let mut columns = Vec::new();
        self.initial.columns("initial", false, &mut columns);
        columns.push(Column::words("step", "call", self.calls));
        for (name, words) in ["ns", "thread", "addr", "size", "name"].into_iter().zip(self.words) {
            columns.push(Column::words("step", name, words));
        }
        columns.push(Column::bytes("step", "kind", self.kinds));
        columns.push(Column::bytes("step", "error", self.errors));
        columns.push(Column::bytes("step", "becomes", self.becomes));
        self.change.columns("change", true, &mut columns);
        for (name, words) in ["step", "bloc", "bloc_max"].into_iter().zip(self.brk) {
            columns.push(Column::words("break", name, words));
        }
        self.rows.columns(&mut columns);
        for (name, words) in ["call", "collections", "goal"].into_iter().zip(self.gc) {
            columns.push(Column::words("gc", name, words));
        }
        let bitmaps = &self.bitmaps;
        let ns = |ticks: u64| trace.clock.ns(ticks).unwrap_or(0);
        let of = |value: fn(&(u64, u64, Bitmap)) -> u64| bitmaps.iter().map(value).collect();
        columns.push(Column::words("bitmap", "call", of(|one| one.0)));
        let times = bitmaps.iter().map(|one| ns(one.1)).collect();
        columns.push(Column::words("bitmap", "ns", times));
        columns.push(Column::words("bitmap", "addr", of(|one| one.2.addr)));
        let bits = bitmaps.iter().flat_map(|one| one.2.bits).flat_map(u64::to_le_bytes);
        columns.push(Column::bytes("bitmap", "bits", bits.collect()));
        columns
    }
}

impl Ranges {
    fn push(&mut self, step: u64, from: u64, to: u64, new: Option<Use>, name: u64) {
        self.step.push(step);
        self.addr.push(from);
        self.size.push(to - from);
        self.state.push(new.map_or(0, |(state, _)| state as u8));
        self.name.push(name);
    }

    fn columns(self, group: &'static str, with_step: bool, columns: &mut Vec<Column>) {
        if with_step {
            columns.push(Column::words(group, "step", self.step));
        }
        columns.push(Column::words(group, "addr", self.addr));
        columns.push(Column::words(group, "size", self.size));
        columns.push(Column::bytes(group, "state", self.state));
        columns.push(Column::words(group, "name", self.name));
    }
}

/// The state that all of a call's range has now, if that says all that it has changed.
fn becomes(call: &Call, memory: &Memory, changes: &[Change]) -> Option<u8> {
    let size = if call.kind == kind::RESERVE_ALIGNED { call.given } else { call.size };
    let (from, to) = (call.addr, call.addr.saturating_add(size));
    let is_inside = |change: &Change| from <= change.from && change.to <= to;
    let first = changes.first()?;
    let state = first.new.map(|(state, _)| state);
    if !changes.iter().all(is_inside) {
        return None;
    }
    // The name is what it was, or the call's own.
    let keeps = |change: &Change| {
        let before = change.old.map_or(0, |(_, name)| name);
        match change.new {
            Some((_, name)) if call.name == 0 => name == before,
            Some((_, name)) => name == call.name,
            None => true,
        }
    };
    let mut same = changes.iter().all(keeps);
    memory.runs().each(from, to, |_, _, now| {
        same &= now.map(|(state, _)| state) == state;
        same &= now.is_none_or(|(_, name)| call.name == 0 || name == call.name);
    });
    // A free range has no name that the step could give.
    same.then_some(state.map_or(0, |state: State| state as u8))
}

/// Whether a trace of this layout has pages.
pub(super) const fn has_pages(layout: Layout) -> bool {
    !matches!(layout, Layout::Samples)
}
