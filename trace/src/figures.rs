//! The rows at a moment: each a number of bytes that was measured or follows from numbers
//! that were, or the reason why there is none.

mod module;

use crate::format::header::Layout;
use crate::memory::State;
use crate::picture::Picture;
use gosbrk_look::model::{Kind, Known, Moment};

/// Why a row is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Why {
    /// The C library's callers are no Go runtime.
    NoRuntime = 1,
    /// The trace has no counters.
    NoCounters = 2,
    /// The first counters, or the first measurement, come later.
    NotYet = 3,
    /// Counters of two moments, which do not fit together.
    Moved = 4,
    /// Calls are missing.
    Lost = 5,
    /// What is resident was measured later than which parts are.
    Unparted = 6,
    /// The system does not tell which parts.
    NotTold = 7,
    /// The program was looked at from outside, and this was not known then.
    NotSeen = 8,
    /// In the profile `wasm_go121` the break never moves.
    NoBreak = 9,
    /// The process has memory from before its trace.
    Forked = 10,
    /// Of a WebAssembly module all counts, touched or not.
    Module = 11,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::NoRuntime,
        Self::NoCounters,
        Self::NotYet,
        Self::Moved,
        Self::Lost,
        Self::Unparted,
        Self::NotTold,
        Self::NotSeen,
        Self::NoBreak,
        Self::Forked,
        Self::Module,
    ];

    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoRuntime => "no Go runtime calls the layer here, and only that counts this",
            Self::NoCounters => "the trace has no counters of the Go runtime",
            Self::NotYet => "this was not measured yet",
            Self::Moved => "the program changed it while it was read",
            Self::Lost => "calls are missing from the trace before this moment",
            Self::Unparted => {
                "which parts of the memory are resident was not measured at this moment"
            }
            Self::NotTold => "the kernel did not tell which parts of the memory are resident",
            Self::NoBreak => "the break does not tell how much memory the layer has",
            Self::Forked => {
                "the process was forked: its trace does not say what its memory was before"
            }
            Self::Module => {
                "a module cannot tell; all of its memory counts, whether it was touched or not"
            }
            Self::NotSeen => "this was not known when the program was looked at",
        }
    }
}

/// A row.
pub type Figure = Result<u64, Why>;

/// The rows of a moment, in the order of `stat --json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures(pub [Figure; 10]);

impl Figures {
    /// The rows at this moment.
    #[must_use]
    pub fn of(picture: &Picture) -> Self {
        if picture.layout == Layout::Samples {
            return Self(picture.rows.map(|row| row.ok_or(Why::NotSeen)));
        }
        let totals = picture.memory.totals();
        // The runtime's own statistics leave it out as well; hardly any of it is touched.
        let rest = totals.rest(State::Ready).saturating_sub(picture.memory.uncounted());
        let missing = missing(picture);
        let whole = |size: u64| missing.map_or(Ok(size), Err);
        let counted = picture.counted.ok_or_else(|| no_counters(picture));
        let held = counted.map(|one| one.counters.live);
        let gaps = counted
            .and_then(|one| one.counters.in_use.checked_sub(one.counters.live).ok_or(Why::Moved));
        let kept = counted.map(|one| one.counters.free);
        let stacks = counted.and_then(|one| {
            let spans = one.counters.in_use.checked_add(one.counters.free);
            let rest = spans.and_then(|spans| one.heap.checked_sub(spans));
            whole(rest.ok_or(missing.unwrap_or(Why::Moved))?)
        });
        let tables = match picture.layout {
            Layout::Library | Layout::Other(_) => Err(Why::NoRuntime),
            _ => whole(rest),
        };
        // The heap as the counters have it, so that the rows add up.
        let heap = counted.map_or(totals.heap(State::Ready), |one| one.heap);
        let ready = whole(heap.saturating_add(rest));
        if picture.layout == Layout::WebAssembly {
            let counted = [held, gaps, kept, stacks, tables];
            return module::of(picture, missing, counted, ready);
        }
        let memory = &picture.memory;
        let why = if memory.has_break() { Why::Moved } else { Why::NoBreak };
        let free = memory.free_list().zip(memory.tail()).ok_or(why);
        let layer = free.and_then(|(list, tail)| match picture.layout {
            // What is free cannot be accessed there: it is address space, and no memory.
            Layout::Plain => whole(0),
            _ => whole(list.saturating_add(tail)),
        });
        let all = both(ready, layer, u64::checked_add);
        let rss = picture.rss.map(|rss| rss.all).ok_or(Why::NotYet);
        let (segment, file) = parts(picture);
        let touched = both(all, segment, |all, segment| Some(all.min(segment)));
        let used = both(touched, file, u64::checked_add);
        let other = both(rss, used, u64::checked_sub);
        let untouched = both(all, touched, u64::checked_sub);
        Self([held, gaps, kept, stacks, tables, layer, other, file, untouched, rss])
    }

    /// The same as the rows of `gosbrk look`.
    #[must_use]
    pub fn moment(&self, kind: Kind) -> Moment {
        let known = |at: usize| -> Known { self.0[at].map_err(|why| why.text().into()) };
        Moment {
            kind,
            held: known(0),
            gaps: known(1),
            kept: known(2),
            stacks: known(3),
            tables: known(4),
            layer: known(5),
            other: known(6),
            file: known(7),
            untouched: known(8),
            rss: known(9),
        }
    }
}

/// Why the calls do not tell what the memory is.
const fn missing(picture: &Picture) -> Option<Why> {
    match picture {
        Picture { is_inherited: true, .. } => Some(Why::Forked),
        Picture { lost: 1.., .. } => Some(Why::Lost),
        _ => None,
    }
}

fn no_counters(picture: &Picture) -> Why {
    match picture.layout {
        Layout::Library | Layout::Other(_) => Why::NoRuntime,
        _ if picture.has_counters => Why::NotYet,
        _ => Why::NoCounters,
    }
}

/// What is resident of the segment, and of the program file, if it was measured with or
/// after the resident memory itself: parts of another whole are no parts.
fn parts(picture: &Picture) -> (Figure, Figure) {
    let (Some(rss), Some(resident)) = (picture.rss, picture.resident) else {
        let why = if picture.rss.is_some() { Why::Unparted } else { Why::NotYet };
        return (Err(why), Err(why));
    };
    if resident.calls < rss.calls {
        return (Err(Why::Unparted), Err(Why::Unparted));
    }
    (resident.segment.ok_or(Why::NotTold), resident.file.ok_or(Why::NotTold))
}

fn both(a: Figure, b: Figure, with: fn(u64, u64) -> Option<u64>) -> Figure {
    with(a?, b?).ok_or(Why::Moved)
}

#[cfg(test)]
mod tests;
