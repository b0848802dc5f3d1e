//! A trace made small enough to be drawn: columns of numbers, and everything else as JSON.
//!
//! What the page shows is worked out here, so that its figures are those of `stat --json`:
//! the page adds nothing up. Columns of one group have the same length; a row of a group
//! is the numbers at one index in all of its columns.
//!
//! | group | column | what it is |
//! |---|---|---|
//! | `initial` | `addr`, `size`, `state`, `name` | the ranges that are not free before the first step; none where the page begins with the trace |
//! | `step` | `call` | the last call of the step, counted from 0 in the trace. A step is one call, or as many as `meta.calls_per_step` says |
//! | | `ns` | when that was, in nanoseconds since the trace began |
//! | | `kind` | 1 to 11, the functions in the order of `meta.kinds`; of several calls the one with the largest size; 0: a sample |
//! | | `error` | the number of its error, 0 for none: `meta.errors` has their names |
//! | | `thread` | an index of `meta.threads` |
//! | | `addr`, `size` | its range, as the call has it; of alloc, reserve and reserve-aligned the answer |
//! | | `name` | what for: an index of `meta.names`, 0 for none |
//! | | `becomes` | the state that all of the range has from then on, under the name that it had, or under the step's if that is not 0; 255: this says nothing, and `change` has what changed, if anything |
//! | `change` | `step`, `addr`, `size`, `state`, `name` | a range that is something else behind the step, and what; state 0: free. In order; none overlap in a step |
//! | `break` | `step`, `bloc`, `bloc_max` | the break behind the step, where it has moved. What lies between `meta.start` and `bloc` and is in no range is the free list; between `bloc` and `bloc_max`, the tail |
//! | `row` | `call`, `ns` | the rows hold from behind this call on, up to the next in this group |
//! | | `held` … `rss` | bytes, in the order of `stat --json`; 0 where not known |
//! | | `held_why` … `rss_why` | 0: known; else why not: `meta.why[n - 1]` |
//! | `gc` | `call`, `collections`, `goal` | how many collections there were, and where the next is to end (0: unknown), from this call on |
//! | `bitmap` | `call`, `ns`, `addr` | a part of the heap as the runtime's bitmap has it, from this call on: `meta.chunk_pages` pages of `meta.heap_page` bytes from this address |
//! | | `bits` | 64 for each row of the group: bytes of the bitmap, the lowest bit first; 1: in use |
//!
//! States: 1 reserved, 2 prepared, 3 ready, 4 given back, 5 somebody else's mapping. The
//! heap's ranges have the name `meta.heap`.
//!
//! Above `most` calls neighbours become one step: then `change` has what differs between
//! the end of the step before and its own. The moments of `stat` always end a step, and of
//! the rows inside a step the ones with the most resident memory are kept.

mod columns;
mod meta;
mod overlay;
mod rows;
mod steps;

pub use columns::{Column, Numbers};

use crate::cursor::Cursor;
use crate::file::Trace;
use crate::stat::Stat;
use serde_json::Value;
use std::io;

/// Most steps on a page, unless something else is asked for.
pub const MOST: u64 = 2_000_000;

/// What of a trace is to be on the page.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// From here on, in nanoseconds since the trace began.
    pub from: u64,
    /// Up to here.
    pub to: u64,
    /// Most steps.
    pub most: u64,
}

impl Default for Part {
    fn default() -> Self {
        Self { from: 0, to: u64::MAX, most: MOST }
    }
}

/// A trace as a page has it.
#[derive(Clone, Debug)]
pub struct Page {
    /// All that is no column: see [`Page::of`].
    pub meta: Value,
    /// The columns, group by group.
    pub columns: Vec<Column>,
}

impl Page {
    /// Makes it. `told` hears how many calls were read, now and then.
    ///
    /// `meta` is an object: `has_pages`, false where only `row` has anything; `stat`, the summary as `stat --json` has it; `calls`, in the
    /// part; `first`, the call that it begins with; `calls_per_step`; `from_ns` and `to_ns`;
    /// `start` and `base`, addresses; `page`, `heap_page` and `chunk_pages`; `kinds`,
    /// `errors`, `states`, `why`, texts; `rows`, each with what there is to say about it;
    /// `names`, `heap`, and `threads`, each with `tid` and `goroutine` (0: unknown); `stacks`, each with `frames` (`name`,
    /// `file`, `line`), `own` (an index of these or null), `text` and `place`; `growths`, each with `call`, `step`, `bytes` and
    /// `stack`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(trace: &Trace, part: Part, mut told: impl FnMut(u64)) -> io::Result<Self> {
        let stat = Stat::of(trace, None, &mut told)?;
        let (first, calls) = range(trace, part)?;
        let mut cursor = Cursor::new(trace)?;
        if first > 0 {
            cursor.go(first - 1)?;
        }
        let each = calls.div_ceil(part.most.max(1)).max(1);
        let mut steps = steps::Steps::new(trace, &stat, cursor.picture(), each);
        cursor.picture_mut().memory.note_changes();
        steps.row(cursor.picture(), trace);
        for done in 1..=calls {
            let mut call = None;
            let more = cursor.step(|event, picture| steps.event(event, picture, &mut call))?;
            if !more {
                break;
            }
            steps.call(call, cursor.picture_mut(), trace);
            if done % (1 << 16) == 0 {
                told(first + done);
            }
        }
        steps.finish(cursor.picture_mut(), trace);
        let growths = stat.growths.within(first..first.saturating_add(calls));
        let meta = meta::of(trace, &stat, &mut steps, &growths, first, calls);
        Ok(Self { meta, columns: steps.columns(trace) })
    }

    /// The column of a group.
    #[must_use]
    pub fn column(&self, group: &str, name: &str) -> Option<&Column> {
        self.columns.iter().find(|one| one.group == group && one.name == name)
    }

    /// All of it as one JSON object: `meta`, and `columns` by `group.name`. For tests and
    /// for looking at it; a page has its columns packed.
    #[must_use]
    pub fn json(&self) -> Value {
        let columns = self.columns.iter().map(|one| (one.key(), one.numbers.json()));
        serde_json::json!({ "meta": self.meta, "columns": columns.collect::<serde_json::Map<_, _>>() })
    }
}

/// The first call of a part, and how many it has.
fn range(trace: &Trace, part: Part) -> io::Result<(u64, u64)> {
    if part.from == 0 && part.to == u64::MAX {
        return Ok((0, trace.calls));
    }
    let mut events = trace.events();
    let (mut first, mut calls, mut number) = (None, 0, 0);
    while let Some(event) = events.read()? {
        if matches!(event, crate::event::Event::Call(_) | crate::event::Event::Sample) {
            let ns = trace.clock.ns(events.ticks()).unwrap_or(0);
            if (part.from..=part.to).contains(&ns) {
                first = first.or(Some(number));
                calls = number + 1 - first.unwrap_or(number);
            }
            number += 1;
        }
    }
    Ok((first.unwrap_or(0), calls))
}

#[cfg(test)]
mod tests;
