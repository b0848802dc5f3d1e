//! All that is known at one moment of a trace.

use crate::event::{Counters, Event};
use crate::file::Trace;
use crate::format::header::{Header, Layout};
use crate::memory::{Memory, State};

/// The runtime's counters and what was ready when they were read: the call that they
/// came with had not been made yet, and so it is with the counters.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// The counters.
    pub counters: Counters,
    /// Ready bytes of the heap at that time.
    pub heap: u64,
}

/// What was resident.
#[derive(Clone, Copy, Debug)]
pub struct Rss {
    /// All of it.
    pub all: u64,
    /// The part that is files and shared memory.
    pub shared: u64,
    /// Ticks of the measurement.
    pub ticks: u64,
    /// How many calls there had been.
    pub calls: u64,
}

/// Which parts of it.
#[derive(Clone, Copy, Debug)]
pub struct Resident {
    /// Of the segment.
    pub segment: Option<u64>,
    /// Of the program file and of Go libraries.
    pub file: Option<u64>,
    /// How many calls there had been.
    pub calls: u64,
}

/// The moment behind the events that it was told of.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What the trace is of.
    pub layout: Layout,
    /// Whether the trace has counters at all.
    pub has_counters: bool,
    /// What every page is.
    pub memory: Memory,
    /// The counters that were recorded last.
    pub counted: Option<Counted>,
    /// How many collections there were, and where the next is to end.
    pub cycles: Option<(u64, u64)>,
    /// What was resident when it was measured last.
    pub rss: Option<Rss>,
    /// Which parts of it.
    pub resident: Option<Resident>,
    /// How many calls there were, or samples.
    pub calls: u64,
    /// How many are missing.
    pub lost: u64,
    /// Whether the process was forked, and has memory of which the trace does not say what
    /// it is.
    pub is_inherited: bool,
    /// Ticks of the last call.
    pub ticks: u64,
    /// The rows of the last sample.
    pub rows: [Option<u64>; 10],
}

/// What the runtime takes from the system without counting it.
const UNCOUNTED: [&[u8]; 2] = [b"heap index", b"debug log"];

/// What the runtime calls the heap when it reserves addresses for it and maps them.
const HEAPS: [&[u8]; 2] = [b"heap", b"heap reservation"];

impl Picture {
    /// The moment before everything.
    #[must_use]
    pub fn new(trace: &Trace) -> Self {
        let mut picture = Self::of(&trace.header, trace.counters);
        picture.know(trace);
        picture
    }

    /// What the trace has defined by now: one that is still written defines more.
    pub(crate) fn know(&mut self, trace: &Trace) {
        self.has_counters = trace.counters;
        let names = UNCOUNTED.iter().filter_map(|name| trace.definitions.number(name));
        self.memory.leave_out(names);
        let names = HEAPS.iter().filter_map(|name| trace.definitions.number(name));
        self.memory.heap_names(names);
    }

    fn of(header: &Header, has_counters: bool) -> Self {
        Self {
            layout: header.layout,
            has_counters,
            memory: Memory::new(header),
            counted: None,
            cycles: None,
            rss: None,
            resident: None,
            calls: 0,
            lost: 0,
            is_inherited: false,
            ticks: 0,
            rows: [None; 10],
        }
    }

    /// Something happened, at this time.
    pub fn apply(&mut self, event: &Event, ticks: u64) {
        match event {
            Event::Call(call) => {
                self.memory.call(call);
                self.calls += 1;
                self.ticks = call.ticks;
            }
            Event::Foreign { addr, size } => self.memory.foreign(*addr, *size),
            Event::Init(init) => {
                self.memory.set_up(init);
                self.is_inherited = false;
            }
            Event::Inherited { bloc, size } => {
                self.memory.inherit(*bloc, *size);
                self.is_inherited = true;
            }
            Event::Break(bloc, bloc_max) => self.memory.set_break(*bloc, *bloc_max),
            Event::Counters(counters) => {
                let heap = self.memory.totals().heap(State::Ready);
                self.counted = Some(Counted { counters: *counters, heap });
            }
            Event::Cycles(count, goal) => self.cycles = Some((*count, *goal)),
            Event::Rss(all, shared) => {
                let (all, shared, calls) = (*all, *shared, self.calls);
                if self.layout == Layout::WebAssembly {
                    self.memory.set_module_size(all);
                }
                self.rss = Some(Rss { all, shared, ticks, calls });
            }
            Event::Resident(segment, file) => {
                let known = |size: u64| (size != u64::MAX).then_some(size);
                let (segment, file) = (known(*segment), known(*file));
                self.resident = Some(Resident { segment, file, calls: self.calls });
            }
            Event::Lost(calls) => self.lost = self.lost.saturating_add(*calls),
            Event::Sample => {
                self.calls += 1;
                self.ticks = ticks;
                self.rows = [None; 10];
            }
            Event::Row(row, size) => {
                if let Some(place) = self.rows.get_mut(usize::from(*row)) {
                    *place = *size;
                }
            }
            Event::Bitmap(_) | Event::Last => {}
        }
    }
}
