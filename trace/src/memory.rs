//! What every page is, from the calls alone.
//!
//! The states are those of Go's `mem.go`, seen from the layer. `sysAlloc` makes memory
//! ready; `sysReserve` reserves, `sysMap` prepares, `sysUsed` makes ready, `sysUnused`
//! gives back, `sysFault` makes it reserved again, `sysFree` ends all of that. Where the
//! kernel refuses a hint the runtime counts it as done, and so does this.

use crate::event::{Call, Init};
use crate::format::header::{Header, Layout};
use crate::format::slot::kind;
use crate::runs::{Changed, Runs};
use std::collections::BTreeMap;

/// What a range is, besides free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// Address space, no memory.
    Reserved = 1,
    /// Mapped, not handed out yet.
    Prepared = 2,
    /// In the hands of the runtime.
    Ready = 3,
    /// Was ready, and was given back to the kernel.
    Released = 4,
    /// Somebody else's, in the middle of the segment.
    Foreign = 5,
}

/// What a range is, and what for: the number of a name in the definitions.
pub type Use = (State, u32);

/// A range that has become something else; `None`: free.
pub type Change = Changed<Use>;

/// The name of the Go heap's arenas, whatever calls name them.
pub const HEAP: u32 = u32::MAX;
/// The name of the heap's index where the runtime names nothing (Go 1.24).
pub const HEAP_INDEX: u32 = u32::MAX - 1;

/// Errors that come from the kernel or a limit; the others are bad calls.
const NO_MEMORY: u8 = 1;
const FOREIGN_BREAK: u8 = 12;

/// The memory of a segment.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    runs: Runs<Use>,
    totals: Totals,
    is_go: bool,
    /// Go 1.21 to 1.23 on WebAssembly: the break does not move.
    fixed_break: bool,
    /// Where a WebAssembly module's memory ends, once that was measured.
    module_end: Option<u64>,
    /// Bytes that were skipped to align, or returned without having been used.
    skipped: u64,
    page: u64,
    start: u64,
    bloc: u64,
    bloc_max: u64,
    /// The heap's index comes with the next call, if that is an allocation.
    index_next: Option<bool>,
    /// What the runtime takes without counting it, and what its sizes were rounded up by.
    uncounted: Vec<u32>,
    uncounted_slack: u64,
    /// Names that the runtime has for the heap.
    heaps: Vec<u32>,
    changes: Option<Vec<Change>>,
}

/// Sums over all ranges, in bytes.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Of the Go heap, by state.
    heap: [u64; 6],
    /// Of everything else, by state.
    rest: [u64; 6],
    /// Inside the segment: all that is not free.
    owned: u64,
    /// The most of that at once, without what is foreign.
    most_owned: u64,
    /// The highest end of the segment.
    high_water: u64,
    /// Bytes that sizes of allocations were rounded up by.
    slack: u64,
    /// All that is not free, by name.
    by_name: BTreeMap<u32, u64>,
}

impl Memory {
    /// The memory before the first call.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let page = header.page();
        let mut memory = Self {
            is_go: header.layout.is_go(),
            page,
            index_next: (header.layout != Layout::Library).then_some(false),
            ..Self::default()
        };
        memory.place(header.origin, header.start, header.initial, header.profile);
        memory
    }

    /// Memory that is reserved or mapped under these names is the heap, also where it is not
    /// the first reservation, which alone is aligned.
    pub fn heap_names(&mut self, names: impl IntoIterator<Item = u32>) {
        add(&mut self.heaps, names);
    }

    /// Memory under these names is not counted by the runtime.
    pub fn leave_out(&mut self, names: impl IntoIterator<Item = u32>) {
        add(&mut self.uncounted, names);
    }

    /// Bytes that the runtime does not count: it takes the index of its heap, and a log that
    /// nobody has, from the system by itself.
    #[must_use]
    pub fn uncounted(&self) -> u64 {
        let size = |name: &u32| self.totals.by_name.get(name).copied().unwrap_or(0);
        self.uncounted.iter().map(size).sum::<u64>() + size(&HEAP_INDEX)
    }

    /// The same as it was asked for, without what sizes were rounded up by.
    #[must_use]
    pub fn uncounted_asked(&self) -> u64 {
        self.uncounted().saturating_sub(self.uncounted_slack)
    }

    /// The segment is set up anew, and nothing of the one before is left.
    pub fn set_up(&mut self, init: &Init) {
        self.update(0, u64::MAX, |_| None);
        self.totals = Totals::default();
        (self.skipped, self.uncounted_slack) = (0, 0);
        self.place(init.base, init.start, init.initial, init.profile);
    }

    /// A child of fork has all from here to the break.
    pub fn inherit(&mut self, bloc: u64, size: u64) {
        self.set(bloc.saturating_sub(size), bloc, (State::Reserved, 0));
        self.set_break(bloc, self.bloc_max.max(bloc));
    }

    fn place(&mut self, origin: u64, start: u64, initial: u64, profile: u8) {
        let bloc = up(origin.saturating_add(start), self.page);
        let end = origin.saturating_add(initial).max(bloc);
        self.fixed_break = profile == 2;
        self.start = if self.fixed_break { end } else { bloc };
        self.bloc = bloc;
        self.bloc_max = if self.fixed_break { bloc } else { end };
    }

    /// Notes every change from now on, for [`Self::take_changes`].
    pub fn note_changes(&mut self) {
        self.changes = Some(Vec::new());
    }

    /// What has changed since the last time.
    pub fn take_changes(&mut self) -> impl Iterator<Item = Change> {
        self.changes.as_mut().map(std::mem::take).into_iter().flatten()
    }

    /// The ranges that are not free, by address.
    #[must_use]
    pub const fn runs(&self) -> &Runs<Use> {
        &self.runs
    }

    /// Sums.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Where the segment begins, and `bloc` and `blocMax`.
    #[must_use]
    pub const fn segment(&self) -> (u64, u64, u64) {
        (self.start, self.bloc, self.bloc_max)
    }

    /// Whether the break says how much memory the layer has. In the profile `wasm_go121` it
    /// never moves.
    #[must_use]
    pub const fn has_break(&self) -> bool {
        !self.fixed_break
    }

    /// A WebAssembly module's memory has this many bytes.
    pub const fn set_module_size(&mut self, size: u64) {
        self.module_end = Some(size);
    }

    /// Where the data of a module ends, and what the layer hands out begins.
    #[must_use]
    pub const fn data_end(&self) -> u64 {
        if self.fixed_break { self.bloc } else { self.start }
    }

    /// Bytes that were skipped to align an arena, all of them together, though they may have
    /// been used later.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Bytes on the free list; `None` where the break does not tell, or the calls do not fit
    /// together. Where the break is fixed the end of a module's memory tells.
    #[must_use]
    pub fn free_list(&self) -> Option<u64> {
        let end = if self.fixed_break { self.module_end? } else { self.bloc };
        end.saturating_sub(self.start).checked_sub(self.totals.owned)
    }

    /// Bytes between `bloc` and `blocMax`; `None` where the break does not tell. Where it is
    /// fixed, what the module had at first and the layer never uses.
    #[must_use]
    pub fn tail(&self) -> Option<u64> {
        if self.fixed_break {
            return self.module_end.map(|_| self.start.saturating_sub(self.bloc));
        }
        Some(self.bloc_max.saturating_sub(self.bloc))
    }

    /// Makes a call.
    pub fn call(&mut self, call: &Call) {
        let name = self.name(call);
        if call.error == 0 {
            self.granted(call, name);
        } else if matches!(call.error, NO_MEMORY | FOREIGN_BREAK) {
            self.refused(call);
        }
        if let Some((bloc, bloc_max)) = call.brk {
            self.set_break(bloc, bloc_max);
        }
    }

    /// The break goes over a mapping of others.
    pub fn foreign(&mut self, addr: u64, size: u64) {
        self.set(addr, up(addr.saturating_add(size), self.page), (State::Foreign, 0));
    }

    /// The break is here.
    pub fn set_break(&mut self, bloc: u64, bloc_max: u64) {
        (self.bloc, self.bloc_max) = (bloc, bloc_max);
        self.totals.high_water = self.totals.high_water.max(bloc).max(bloc_max);
    }

    fn granted(&mut self, call: &Call, name: u32) {
        let &Call { addr, size, given, .. } = call;
        let to = |size: u64| addr.saturating_add(size);
        let whole = |size: u64| to(up(size, self.page));
        let slack = up(size, self.page).wrapping_sub(size);
        match call.kind {
            kind::ALLOC | kind::RESERVE | kind::RESERVE_ALIGNED if addr == 0 => {}
            kind::ALLOC => {
                self.set(addr, whole(size), (State::Ready, name));
                self.totals.slack = self.totals.slack.wrapping_add(slack);
                if name == HEAP_INDEX || self.uncounted.contains(&name) {
                    self.uncounted_slack = self.uncounted_slack.saturating_add(slack);
                }
            }
            kind::FREE => {
                let state = self.runs.get(addr).map(|one| one.0);
                let ready = state == Some(State::Ready);
                if state == Some(State::Reserved) && self.fixed_break {
                    self.skipped = self.skipped.saturating_add(size);
                }
                self.update(addr, whole(size), |_| None);
                if ready {
                    self.totals.slack = self.totals.slack.saturating_sub(slack);
                }
            }
            kind::RESERVE => self.set(addr, whole(size), (State::Reserved, name)),
            kind::RESERVE_ALIGNED => {
                // From the break, and not from the list.
                if call.brk.is_some() {
                    self.skipped = self.skipped.saturating_add(addr.saturating_sub(self.bloc));
                }
                self.set(addr, whole(given), (State::Reserved, name));
            }
            kind::MAP => {
                self.update(addr, to(size), |old| {
                    let name = match old {
                        Some((_, HEAP)) => HEAP,
                        Some((_, old)) if name == 0 => old,
                        _ => name,
                    };
                    Some((State::Prepared, name))
                });
            }
            kind::USED => self.hint(call, |state| match state {
                State::Foreign => state,
                _ => State::Ready,
            }),
            kind::UNUSED | kind::FAULT => self.refused(call),
            _ => {}
        }
    }

    /// What the runtime makes of a hint, whether the kernel took it or not.
    fn refused(&mut self, call: &Call) {
        match call.kind {
            kind::UNUSED => self.hint(call, |state| match state {
                State::Ready => State::Released,
                other => other,
            }),
            kind::FAULT => self.hint(call, |_| State::Reserved),
            _ => {}
        }
    }

    fn hint(&mut self, call: &Call, state: impl Fn(State) -> State) {
        let to = call.addr.saturating_add(call.size);
        self.update(call.addr, to, |old| old.map(|(old, name)| (state(old), name)));
    }

    /// The name under which a call's memory is counted.
    fn name(&mut self, call: &Call) -> u32 {
        if !self.is_go {
            return call.name;
        }
        // The runtime allocates the index right behind its first arena.
        let is_next = self.index_next == Some(true);
        // The first arena comes aligned; for the next ones the runtime says where it would
        // like to have them, which it does for nothing else.
        let is_arena = call.kind == kind::RESERVE && call.hint != 0;
        if call.kind == kind::RESERVE_ALIGNED || is_arena {
            self.index_next = self.index_next.map(|_| true);
            return HEAP;
        }
        if self.heaps.contains(&call.name) {
            return HEAP;
        }
        if is_next {
            self.index_next = None;
            if call.kind == kind::ALLOC && call.name == 0 {
                return HEAP_INDEX;
            }
        }
        call.name
    }

    fn set(&mut self, from: u64, to: u64, to_be: Use) {
        self.update(from, to, |_| Some(to_be));
    }

    fn update(&mut self, from: u64, to: u64, new: impl FnMut(Option<Use>) -> Option<Use>) {
        let (start, totals, changes) = (self.start, &mut self.totals, &mut self.changes);
        self.runs.update(from, to, new, |changed| {
            totals.change(&changed, start);
            if let Some(changes) = changes {
                changes.push(changed);
            }
        });
    }
}

impl Totals {
    fn change(&mut self, changed: &Change, start: u64) {
        let size = changed.to - changed.from;
        let inside = changed.to.max(start) - changed.from.max(start);
        if let Some((state, name)) = changed.old {
            let sums = if name == HEAP { &mut self.heap } else { &mut self.rest };
            sums[state as usize] -= size;
        }
        if let Some((state, name)) = changed.new {
            let sums = if name == HEAP { &mut self.heap } else { &mut self.rest };
            sums[state as usize] += size;
        }
        let name = |one: Option<Use>| one.map(|(_, name)| name);
        if name(changed.old) != name(changed.new) {
            if let Some(name) = name(changed.old) {
                *self.by_name.entry(name).or_default() -= size;
            }
            if let Some(name) = name(changed.new) {
                *self.by_name.entry(name).or_default() += size;
            }
        }
        if changed.old.is_some() != changed.new.is_some() {
            let is_new = changed.new.is_some();
            self.owned = if is_new { self.owned + inside } else { self.owned - inside };
            let own = self.owned.saturating_sub(self.rest(State::Foreign));
            self.most_owned = self.most_owned.max(own);
        }
    }

    /// Bytes of the Go heap in a state.
    #[must_use]
    pub const fn heap(&self, state: State) -> u64 {
        self.heap[state as usize]
    }

    /// Bytes of everything else in a state.
    #[must_use]
    pub const fn rest(&self, state: State) -> u64 {
        self.rest[state as usize]
    }

    /// Ready bytes.
    #[must_use]
    pub const fn ready(&self) -> u64 {
        self.heap(State::Ready) + self.rest(State::Ready)
    }

    /// Ready bytes as they were asked for, without what sizes were rounded up by.
    #[must_use]
    pub const fn ready_asked(&self) -> u64 {
        self.ready().saturating_sub(self.slack)
    }

    /// Bytes that sizes of allocations were rounded up by.
    #[must_use]
    pub const fn slack(&self) -> u64 {
        self.slack
    }

    /// The most that was not free at once, what is foreign not counted, and the highest end.
    #[must_use]
    pub const fn high(&self) -> (u64, u64) {
        (self.most_owned, self.high_water)
    }

    /// Bytes that are not free, by the number of their name.
    pub fn by_name(&self) -> impl Iterator<Item = (u32, u64)> {
        self.by_name.iter().map(|(name, size)| (*name, *size)).filter(|(_, size)| *size > 0)
    }
}

/// Adds those that are not there yet.
fn add(all: &mut Vec<u32>, names: impl IntoIterator<Item = u32>) {
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
}

/// Up to a multiple of a page, or the highest number.
fn up(n: u64, page: u64) -> u64 {
    n.checked_next_multiple_of(page).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
