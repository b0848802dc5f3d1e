//! Makes the calls.

use super::Settings;
use super::layer::Layer;
use super::script::{Op, Script};
use std::collections::BTreeMap;

/// What came of it, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// From the segment's beginning to the highest end.
    pub high_water: u64,
    /// The most that was handed out at once.
    pub most_used: u64,
    /// Free blocks at the end.
    pub free_list: u64,
    /// Behind the break at the end.
    pub tail: u64,
    /// What was skipped for alignment, all together. It goes on the free list, and may have
    /// been used since.
    pub skipped: u64,
    /// The first call that gave another address than the recorded one, as an index of the
    /// calls that were made.
    pub moved: Option<usize>,
}

/// The arenas of the heap where their size is another one.
struct Heap {
    arena: u64,
    /// Recorded arenas: where each ends and how far into the heap it begins, by address.
    recorded: BTreeMap<u64, (u64, u64)>,
    recorded_size: u64,
    /// What the heap has now, and where its last arena ends.
    has: u64,
    end: u64,
    /// Whether an arena is needed when memory comes into use, and not when it is mapped.
    by_use: bool,
}

struct Run {
    layer: Layer,
    /// Recorded ranges that are not free: their ends and where they are now, by address.
    places: BTreeMap<u64, (u64, u64)>,
    align: u64,
    heap: Option<Heap>,
}

/// Makes the calls of a recording under these settings.
#[must_use]
pub fn run(script: &Script, settings: &Settings) -> Outcome {
    let profile = settings.profile.unwrap_or(script.profile);
    let layer = Layer::new(profile, settings.fit, settings.fold, script.start, script.initial);
    // What the runtime does by itself to align is what it did under that profile.
    let is_as_it_was = profile == script.profile && settings.arena.is_none();
    let ops = if is_as_it_was { script.ops.clone() } else { script.with_aligned() };
    let heap = settings.arena.zip(script.arena()).map(|(arena, recorded)| Heap {
        arena,
        recorded: BTreeMap::new(),
        recorded_size: 0,
        has: 0,
        end: 0,
        by_use: arena < recorded,
    });
    let mut run = Run { layer, places: BTreeMap::new(), align: profile.page(), heap };
    let mut moved = None;
    for (i, op) in ops.iter().enumerate() {
        let is_same = run.op(*op);
        if !is_same && moved.is_none() {
            moved = Some(i);
        }
    }
    let (free_list, tail) = run.layer.unused();
    let (high_water, most_used, skipped) = run.layer.high();
    Outcome { high_water, most_used, free_list, tail, skipped, moved }
}

impl Run {
    /// Makes a call; whether it gave what was recorded.
    fn op(&mut self, op: Op) -> bool {
        match op {
            Op::Alloc { size, at } => {
                let now = self.layer.alloc(size);
                self.place(at, self.layer.whole(size), now)
            }
            Op::Extend { size, at } | Op::Aligned { size, at, .. } if self.heap.is_some() => {
                let size = if let Op::Aligned { given, .. } = op { given } else { size };
                self.arena(at, size);
                true
            }
            Op::Extend { size, at } => {
                let now = self.extend(size, at);
                self.place(at, self.layer.whole(size), now)
            }
            Op::Aligned { size, align, at, given } => {
                self.align = align;
                let (now, got) = self.layer.aligned(size, align);
                self.place(at, given, now) && got == given
            }
            Op::Free { at, size } => {
                self.free(at, size);
                true
            }
            Op::Map { at, size } => {
                self.need(at, size, false);
                true
            }
            Op::Used { at, size } => {
                self.need(at, size, true);
                true
            }
        }
    }

    fn place(&mut self, recorded: u64, size: u64, now: u64) -> bool {
        self.places.insert(recorded, (recorded + size, now));
        recorded == now
    }

    /// Where memory ends now that ended at this recorded address.
    fn end(&self, recorded: u64) -> Option<u64> {
        let (from, (to, now)) = self.places.range(..recorded).next_back()?;
        (*to == recorded).then(|| now + (to - from))
    }

    /// More right behind what is there: the runtime asks for an aligned place where that is
    /// not to be had.
    fn extend(&mut self, size: u64, at: u64) -> u64 {
        let is_same = self.places.is_empty() || self.end(at).is_none();
        let wanted = if is_same { at } else { self.end(at).unwrap_or(at) };
        if wanted == self.layer.bloc() {
            self.layer.extend(size)
        } else {
            self.layer.aligned(size, self.align).0
        }
    }

    fn free(&mut self, at: u64, size: u64) {
        let to = at + size;
        let end = at + self.layer.whole(size);
        while let Some((&from, &(until, now))) =
            self.places.range(..end).next_back().filter(|(_, (until, _))| *until > at)
        {
            self.places.remove(&from);
            if until > end {
                self.places.insert(end, (until, now + (end - from)));
            }
            let first = from.max(at);
            if from < at {
                self.places.insert(from, (at, now));
            }
            let n = if until >= end { to - first } else { until - first };
            self.layer.free(now + (first - from), n);
        }
    }

    /// An arena was reserved: the heap may need as much more.
    fn arena(&mut self, at: u64, size: u64) {
        let Some(heap) = &mut self.heap else { return };
        heap.recorded.insert(at, (at + size, heap.recorded_size));
        heap.recorded_size += size;
    }

    /// The heap is to have this memory.
    fn need(&mut self, at: u64, size: u64, is_used: bool) {
        let Some(heap) = &mut self.heap else { return };
        if is_used != heap.by_use {
            return;
        }
        let end = at + size;
        // It may go over the end of an arena, into the next.
        let touched = heap.recorded.range(..end).next_back();
        let Some((from, (to, before))) = touched.filter(|(_, (to, _))| *to > at) else { return };
        let needed = before + (end.min(*to) - from);
        while heap.has < needed {
            let (layer, arena) = (&mut self.layer, heap.arena);
            if heap.has > 0 && heap.end == layer.bloc() {
                heap.end = layer.extend(arena) + arena;
            } else {
                let (at, given) = layer.aligned(arena, arena);
                heap.end = at + given;
                heap.has += given - arena;
            }
            heap.has += arena;
        }
    }
}
