//! The runtime's counters, read until they hold still.

use crate::layout::Offsets;
use crate::model::Counters;
use crate::outlook::{Goals, Retain};
use crate::process::{Process, low, signed, signed_low, word_at};
use crate::trouble::{Kind, Result, Trouble};
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often a program's counters are read before they are taken as they are.
const TRIES: usize = 50;

/// What a program gives back or takes at once, beside a part of all that it has.
const CHANGE: u64 = 4 << 20;

/// Where a runtime's variables are in a process.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// `runtime.gcController`.
    pub controller: u64,
    /// `runtime.memstats`.
    pub stats: u64,
    /// `runtime.mheap_`.
    pub heap: u64,
    /// `runtime.scavenge`, which only the symbol table tells.
    pub scavenge: Option<u64>,
    /// Where the fields lie in them.
    pub offsets: Offsets,
}

/// What was read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The counters.
    pub counters: Counters,
    /// What the runtime aims at.
    pub goals: Goals,
    /// Whether two readings in a row were the same.
    pub steady: bool,
}

impl Reading {
    /// Whether the runtime's sum is that of its parts, as it always is in a runtime that
    /// does nothing at the moment.
    #[must_use]
    pub const fn exact(&self) -> bool {
        self.counters.mapped_ready == self.counters.sum() && self.counters.mapped_ready != 0
    }

    /// Whether every value can be what it is taken for, and the sum is off by no more than
    /// what a runtime that is in the middle of a change may have changed.
    #[must_use]
    pub fn plausible(&self, change: u64) -> bool {
        let one = &self.counters;
        one.mapped_ready != 0
            && one.mapped_ready.abs_diff(one.sum()) <= change
            && [one.heap_in_use, one.heap_free, one.heap_released]
                .iter()
                .all(|bytes| bytes % 4096 == 0)
            && self.goals.gc_percent >= -1
            && self.goals.memory_limit >= 0
    }
}

/// Reads until two readings in a row are the same and their sums match.
///
/// # Errors
/// When the memory cannot be read, or never was what a runtime's counters can be.
pub fn read(process: &Process, place: &Place) -> Result<Reading> {
    let mut last: Option<Reading> = None;
    let mut best: Option<Reading> = None;
    for i in 0..TRIES {
        // A thread of the program may have lost its processor in the middle of a change.
        if i >= TRIES / 2 {
            sleep(Duration::from_millis(2));
        }
        let one = once(process, place)?;
        let same = last.is_some_and(|last| last.counters == one.counters);
        if same && one.exact() {
            return Ok(Reading { steady: true, ..one });
        }
        if one.plausible(one.counters.mapped_ready / 16 + CHANGE) {
            best = Some(one);
        }
        last = Some(one);
    }
    best.ok_or_else(|| {
        Trouble::new(
            Kind::Unknown,
            "the runtime's counters do not add up, so they are not where they are taken to be",
        )
    })
}

/// One reading.
///
/// # Errors
/// When the memory cannot be read.
pub fn once(process: &Process, place: &Place) -> Result<Reading> {
    let Place { offsets: at, .. } = place;
    let controller = process.bytes(place.controller, at.controller_size as usize)?;
    let first = at.deltas.min(at.stacks_sys);
    let last = [at.gc_count, at.last_gc, at.other_sys, at.deltas + at.delta_count * at.delta_size];
    let size = last.into_iter().max().unwrap_or(0) + 8 - first;
    let stats = process.bytes(place.stats + u64::from(first), size as usize)?;
    let scavenge = place.scavenge.map(|address| process.word(address)).transpose()?;
    Ok(decode(at, &controller, &|offset| word_at(&stats, (offset - first) as usize), scavenge))
}

fn decode(
    at: &Offsets,
    controller: &[u8],
    stats: &dyn Fn(u32) -> u64,
    scavenge: Option<u64>,
) -> Reading {
    let own = |offset: u32| word_at(controller, offset as usize);
    // The runtime adds changes to one of the parts at a time, so any may be below zero.
    let delta = |field: u32| {
        let parts = (0..at.delta_count).map(|part| stats(at.deltas + part * at.delta_size + field));
        parts.fold(0, u64::wrapping_add)
    };
    let tables =
        [at.stacks_sys, at.mspan_sys, at.mcache_sys, at.buckhash_sys, at.gc_misc_sys, at.other_sys];
    let tables = tables.into_iter().fold(0, |sum: u64, field| sum.wrapping_add(stats(field)));
    let counters = Counters {
        heap_live: own(at.heap_live),
        heap_in_use: own(at.heap_in_use),
        heap_free: own(at.heap_free),
        heap_released: own(at.heap_released),
        heap_alloc: own(at.total_alloc).wrapping_sub(own(at.total_free)),
        stacks: delta(at.in_stacks),
        work_buffers: delta(at.in_work_bufs).wrapping_add(at.in_ptr_scalar_bits.map_or(0, delta)),
        tables,
        mapped_ready: own(at.mapped_ready),
    };
    let collections = low(stats(at.gc_count));
    let ended = stats(at.last_gc);
    let goals = Goals {
        gc_percent: signed_low(own(at.gc_percent)),
        memory_limit: signed(own(at.memory_limit)),
        heap_goal: own(at.heap_goal),
        retain: match scavenge {
            None => Retain::Unknown,
            // Zero before the runtime has first decided.
            Some(0 | u64::MAX) => Retain::All,
            Some(goal) => Retain::Bytes(goal),
        },
        collections,
        last_collection: (collections > 0 && ended > 0).then(|| ago(ended)).flatten(),
    };
    Reading { counters, goals, steady: false }
}

/// How many seconds ago a time in ns since 1970 was.
fn ago(nanoseconds: u64) -> Option<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(now.as_secs().saturating_sub(nanoseconds / 1_000_000_000))
}
