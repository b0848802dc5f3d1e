//! The summary of a trace: its moments, who made the heap grow, what the addresses are
//! for, and what is lost to rounding and fragmentation.

mod json;

use crate::cursor::Cursor;
use crate::event::{Counters, Event};
use crate::figures::Figures;
use crate::file::Trace;
use crate::format::header::Layout;
use crate::growth::Growths;
use crate::memory::{HEAP, HEAP_INDEX, Memory};
use crate::picture::Picture;
use std::collections::BTreeMap;
use std::io;

/// A moment that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Behind this call, counted from 0.
    Call(u64),
    /// This long after the trace began, in nanoseconds.
    Time(u64),
}

/// A moment of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The last call before it, counted from 0; `None` before the first.
    pub call: Option<u64>,
    /// When that was, in nanoseconds since the trace began; `None`: the trace does not tell.
    pub ns: Option<u64>,
    /// When the resident memory was measured.
    pub rss_ns: Option<u64>,
    /// The rows.
    pub figures: Figures,
    /// The runtime's counters.
    pub counters: Option<Counters>,
    /// How many collections there were, and where the next is to end; 0: unknown.
    pub cycles: Option<(u64, u64)>,
}

/// What the layer has from the kernel and nobody uses, in bytes, at the end. `None`: calls
/// are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waste {
    /// What sizes were rounded up by, to whole pages.
    pub slack: Option<u64>,
    /// What was skipped to align arenas, all of it together: some of it may have been used
    /// later.
    pub skipped: Option<u64>,
    /// Free blocks below the break.
    pub free_list: Option<u64>,
    /// Between the break and the end of the memory that the layer has.
    pub tail: Option<u64>,
    /// From the segment's beginning to the highest end that it had. A WebAssembly module's
    /// begins at address 0.
    pub high_water: Option<u64>,
    /// The most that was handed out at once.
    pub most_used: Option<u64>,
    /// A module's data, which is in `high_water` and is not handed out.
    pub data: Option<u64>,
}

/// The summary.
#[derive(Clone, Debug)]
pub struct Stat {
    /// Where most was resident; `None`: that was never measured.
    pub peak: Option<Moment>,
    /// The end.
    pub end: Moment,
    /// The moment that was asked for.
    pub at: Option<Moment>,
    /// Who made the heap grow.
    pub growths: Growths,
    /// Bytes of the address space at the end, by what they are for.
    pub address_space: BTreeMap<String, u64>,
    /// What nobody uses.
    pub waste: Waste,
}

/// Calls between two tellings of how far it is.
const TELL: u64 = 1 << 16;

impl Moment {
    /// The moment of a picture.
    #[must_use]
    pub fn of(trace: &Trace, picture: &Picture) -> Self {
        Self {
            call: picture.calls.checked_sub(1),
            ns: trace.clock.ns(picture.ticks),
            rss_ns: picture.rss.and_then(|rss| trace.clock.ns(rss.ticks)),
            figures: Figures::of(picture),
            counters: picture.counted.map(|counted| counted.counters),
            cycles: picture.cycles,
        }
    }
}

impl Stat {
    /// Reads through a trace. `told` hears how many calls were read, now and then.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(trace: &Trace, at: Option<At>, mut told: impl FnMut(u64)) -> io::Result<Self> {
        let mut growths = Growths::default();
        let mut cursor = Cursor::new(trace)?;
        let (mut peak, mut there) = (None, None);
        let mut note = |event: &Event, picture: &Picture| {
            if let Event::Call(call) = event {
                growths.note(trace, &picture.memory, call);
            }
        };
        loop {
            // Before the next call: is this the moment that was asked for?
            let next = cursor.next_ticks();
            let is_here = match at {
                Some(At::Call(call)) => cursor.picture().calls == call.saturating_add(1),
                Some(At::Time(ns)) => {
                    next.is_some_and(|next| trace.clock.ns(next).is_some_and(|next| next > ns))
                }
                None => false,
            };
            if is_here && there.is_none() {
                there = Some(Moment::of(trace, cursor.picture()));
            }
            if !cursor.step(&mut note)? {
                break;
            }
            let calls = cursor.picture().calls;
            if trace.peak.is_some_and(|(call, _)| call + 1 == calls) {
                peak = Some(Moment::of(trace, cursor.picture()));
            }
            if calls % TELL == 0 {
                told(calls);
            }
        }
        let picture = cursor.picture();
        let end = Moment::of(trace, picture);
        Ok(Self {
            peak: peak.or_else(|| trace.peak.map(|_| end.clone())),
            at: at.map(|_| there.unwrap_or_else(|| end.clone())),
            end,
            growths,
            address_space: address_space(trace, &picture.memory),
            waste: Waste::of(picture),
        })
    }
}

impl Waste {
    /// What was of no use even when most was needed; `None`: not known.
    #[must_use]
    pub fn lost(&self) -> Option<u64> {
        let needed = self.most_used?.saturating_add(self.data.unwrap_or(0));
        Some(self.high_water?.saturating_sub(needed))
    }

    fn of(picture: &Picture) -> Self {
        if picture.lost > 0 || picture.is_inherited {
            return Self::default();
        }
        let memory = &picture.memory;
        let (start, ..) = memory.segment();
        let (most_used, high_water) = memory.totals().high();
        let is_module = picture.layout == Layout::WebAssembly;
        let segment = memory.has_break().then(|| high_water.saturating_sub(start));
        Self {
            slack: Some(memory.totals().slack()),
            skipped: Some(memory.skipped()),
            free_list: memory.free_list(),
            tail: memory.tail(),
            high_water: if is_module { picture.rss.map(|rss| rss.all) } else { segment },
            most_used: Some(most_used),
            data: is_module.then(|| memory.data_end()),
        }
    }
}

/// The name of a range, for people.
#[must_use]
pub fn purpose(trace: &Trace, name: u32) -> String {
    match name {
        HEAP => "heap".into(),
        HEAP_INDEX => "heap index".into(),
        name => match trace.definitions.name(name) {
            [] => "(unnamed)".into(),
            name => String::from_utf8_lossy(name).into_owned(),
        },
    }
}

/// Bytes of the address space now, by what they are for.
#[must_use]
pub fn address_space(trace: &Trace, memory: &Memory) -> BTreeMap<String, u64> {
    let mut by_name: BTreeMap<String, u64> = BTreeMap::new();
    for (name, size) in memory.totals().by_name() {
        let sum = by_name.entry(purpose(trace, name)).or_default();
        *sum = sum.saturating_add(size);
    }
    by_name
}

#[cfg(test)]
mod tests;
