//! A made-up program and its trace, for tests and measurements: an index is loaded, three
//! bursts of requests come and go, and what they needed stays.
//!
//! It is like a Go program on the layout `plain` in what it calls and counts; nothing of it
//! was measured.

use crate::format::header::{Header, Layout, flag};
use crate::format::slot::{Slot, kind};
use crate::write::Writer;
use std::io::{self, Write};

const PAGE: u64 = 8192;
const ARENA: u64 = 64 << 20;
const GROWTH: u64 = 4 << 20;
const ORIGIN: u64 = 0xc0_0000_0000;
/// Program counters and what they are: the innermost first.
const STACKS: [&[(u64, &str, &str, u64)]; 3] = [
    &[
        (0x40_1000, "runtime.mallocgc", "/usr/lib/go/src/runtime/malloc.go", 1100),
        (0x40_2000, "main.loadIndex", "/home/me/server/index.go", 31),
        (0x40_3000, "main.main", "/home/me/server/main.go", 84),
        (0x40_4000, "runtime.main", "/usr/lib/go/src/runtime/proc.go", 283),
    ],
    &[
        (0x40_1100, "runtime.growslice", "/usr/lib/go/src/runtime/slice.go", 267),
        (
            0x40_5000,
            "encoding/json.(*Decoder).refill",
            "/usr/lib/go/src/encoding/json/stream.go",
            165,
        ),
        (
            0x40_6000,
            "encoding/json.(*Decoder).Decode",
            "/usr/lib/go/src/encoding/json/stream.go",
            63,
        ),
        (0x40_7000, "main.handle", "/home/me/server/handle.go", 40),
    ],
    &[
        (0x40_8000, "runtime.malg", "/usr/lib/go/src/runtime/proc.go", 4990),
        (0x40_9000, "main.burst", "/home/me/server/main.go", 66),
        (0x40_3100, "main.main", "/home/me/server/main.go", 90),
    ],
];

/// The program.
struct Program<W> {
    to: Writer<W>,
    time: u64,
    /// Nanoseconds between two calls, about.
    pace: u64,
    random: u64,
    calls: u64,
    bloc: u64,
    heap: u64,
    mapped: u64,
    /// A byte for each page of the heap: 0 given back, 1 kept free, 2 in use.
    pages: Vec<u8>,
    count: [u64; 3],
    tables: u64,
    live: u64,
    collections: u64,
    next_bitmap: u64,
    next_rss: u64,
}

/// How many of the pages are in this state.
fn count(pages: &[u8], state: u8) -> u64 {
    pages.iter().map(|page| u64::from(*page == state)).sum()
}

/// Writes the trace of a program that makes about so many calls.
///
/// # Errors
/// Those of `to`.
pub fn write<W: Write>(to: W, calls: u64) -> io::Result<W> {
    let header = Header {
        flags: flag::COUNTERS,
        layout: Layout::Plain,
        advice: 1,
        page: 4096,
        pid: 4711,
        parent: 4700,
        wall_ns: 1_900_000_000_000_000_000,
        ticks_per_second: 1_000_000_000,
        base: ORIGIN + (20 << 20),
        origin: ORIGIN,
        start: 20 << 20,
        ceiling: 1 << 47,
        random: 0x1234_5678_9abc_def0,
        go: "go1.27.3".into(),
        heap_page: 8192,
        chunk: 4 << 20,
        command: vec!["./server".into(), "-addr=:8080".into()],
        ..Header::default()
    };
    let mut program = Program {
        to: Writer::new(to, &header)?,
        time: 0,
        pace: 5_000_000_000 / calls.max(1) + 1,
        random: 88_172_645_463_325_252,
        calls: 0,
        bloc: ORIGIN + (20 << 20),
        heap: 0,
        mapped: 0,
        pages: Vec::new(),
        count: [0; 3],
        tables: 0,
        live: 0,
        collections: 0,
        next_bitmap: 0,
        next_rss: 0,
    };
    program.start()?;
    program.run(calls)?;
    program.to.slot(&Slot { kind: kind::LAST, time: program.time, ..Slot::default() })?;
    program.to.finish()
}

impl<W: Write> Program<W> {
    fn slot(&mut self, kind: u8, code: u8, name: u16, a: u64, b: u64) -> io::Result<()> {
        let thread = 1 + u16::try_from(self.calls % 3).unwrap_or(0);
        let time = self.time;
        self.to.slot(&Slot { kind, code, thread, time, name, a, b })
    }

    fn chance(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below.max(1)
    }

    fn call(&mut self, kind: u8, name: u16, a: u64, b: u64) -> io::Result<()> {
        self.time += self.pace / 2 + self.chance(self.pace);
        self.slot(kind, 0, name, a, b)?;
        self.calls += 1;
        Ok(())
    }

    /// A call that moves the break by what it takes.
    fn grow(&mut self, kind: u8, name: u16, size: u64, align: u64) -> io::Result<u64> {
        let at = self.bloc.next_multiple_of(align.max(4096));
        if align > 0 {
            self.slot(kind::ARGUMENT, 0, 0, 0, align)?;
        }
        self.call(kind, name, at, size)?;
        self.bloc = at + size.next_multiple_of(4096);
        let bloc = self.bloc;
        self.slot(kind::BREAK, 0, 0, bloc, bloc)?;
        Ok(at)
    }

    fn start(&mut self) -> io::Result<()> {
        let names = ["immortal metadata", "page summary", "heap", "heap index", "gc bits"];
        for (name, index) in names.iter().zip(1..) {
            self.to.name(index, name.as_bytes())?;
        }
        for thread in 1..=3 {
            let (a, b) = (4710 + u64::from(thread), 18 * u64::from(thread));
            let slot = Slot { kind: kind::THREAD, thread, a, b, ..Slot::default() };
            self.to.slot(&slot)?;
        }
        for (pc, name, file, line) in STACKS.iter().flat_map(|stack| stack.iter()) {
            self.to.function(*pc, name, file, *line)?;
        }
        self.grow(kind::ALLOC, 1, 256 << 10, 0)?;
        let summary = self.grow(kind::RESERVE, 2, 512 << 20, 0)?;
        self.heap = self.grow(kind::RESERVE_ALIGNED, 0, ARENA, ARENA)?;
        self.grow(kind::ALLOC, 4, 32 << 20, 0)?;
        self.call(kind::MAP, 2, summary, 1 << 20)?;
        self.call(kind::USED, 0, summary, 1 << 20)?;
        self.grow(kind::ALLOC, 5, 65_536 - 100, 0)?;
        self.tables = (256 << 10) + (1 << 20) + 65_536 - 100;
        Ok(())
    }

    fn run(&mut self, calls: u64) -> io::Result<()> {
        while self.calls < calls {
            let part = self.calls * 100 / calls.max(1);
            // Pages that the program wants in use, of all that its heap may have.
            let most = 12_000;
            let wanted = match part {
                0..15 => most * part / 20,
                15..25 | 45..55 | 75..90 => most * 3 / 4 + self.chance(most / 4),
                _ => most / 10 + self.chance(most / 10),
            };
            // Where nothing is to be done the program asks for more nevertheless.
            let idle = self.chance(4) == 0 && self.count[2] < most;
            if self.count[2] < wanted || idle {
                let pages = 1 + self.chance(12);
                self.take(pages, part)?;
            } else {
                let pages = 1 + self.chance(24);
                self.release(pages)?;
            }
            self.sample()?;
        }
        Ok(())
    }

    /// A span of so many pages comes into use.
    fn take(&mut self, pages: u64, part: u64) -> io::Result<()> {
        let span = usize::try_from(pages).unwrap_or(1);
        let from = usize::try_from(self.chance(self.pages.len() as u64)).unwrap_or(0);
        let place = self.pages[from..].windows(span).position(|run| run.iter().all(|p| *p < 2));
        let Some(place) = place.map(|place| place + from) else {
            return self.grow_heap(part);
        };
        let fresh = count(&self.pages[place..place + span], 0);
        if fresh > 0 {
            let at = self.heap + place as u64 * PAGE;
            self.counters(fresh * PAGE)?;
            self.call(kind::USED, 0, at, pages * PAGE)?;
        } else {
            self.time += 100;
        }
        for at in place..place + span {
            self.count[usize::from(self.pages[at])] -= 1;
            self.pages[at] = 2;
            self.count[2] += 1;
        }
        self.live = self.count[2] * PAGE * 3 / 4;
        Ok(())
    }

    fn grow_heap(&mut self, part: u64) -> io::Result<()> {
        if self.mapped > 0 && self.mapped % ARENA == 0 {
            // The next arena lies behind the first; what is between stays.
            let at = self.grow(kind::RESERVE_ALIGNED, 0, ARENA, ARENA)?;
            let gap = (at - self.heap) / PAGE;
            self.mapped = at - self.heap;
            self.pages.resize(usize::try_from(gap).unwrap_or(0), 3);
            self.count[0] = count(&self.pages, 0);
        }
        let stack = match part {
            0..15 => 0,
            15..25 => 1,
            _ => 2,
        };
        let pcs: Vec<u64> = STACKS[stack].iter().map(|(pc, ..)| *pc).collect();
        self.to.stack(self.time, &pcs)?;
        self.counters(0)?;
        let at = self.heap + self.mapped;
        self.call(kind::MAP, 3, at, GROWTH)?;
        self.mapped += GROWTH;
        let pages = usize::try_from(self.mapped / PAGE).unwrap_or(0);
        self.count[0] += GROWTH / PAGE;
        self.pages.resize(pages, 0);
        Ok(())
    }

    /// Spans come free, and some of what is free is given back.
    fn release(&mut self, pages: u64) -> io::Result<()> {
        let len = self.pages.len() as u64;
        let from = usize::try_from(self.chance(len)).unwrap_or(0);
        let to = (from + 4 * usize::try_from(pages).unwrap_or(0)).min(self.pages.len());
        for at in from..to {
            if self.pages[at] == 2 {
                self.pages[at] = 1;
                self.count[2] -= 1;
                self.count[1] += 1;
            }
        }
        self.live = self.count[2] * PAGE * 3 / 4;
        if self.chance(3) == 0 {
            let run = self.pages[from..to].iter().take_while(|page| **page == 1).count();
            if run > 0 {
                let at = self.heap + from as u64 * PAGE;
                self.counters((run as u64 * PAGE).wrapping_neg())?;
                self.call(kind::UNUSED, 0, at, run as u64 * PAGE)?;
                for page in &mut self.pages[from..from + run] {
                    *page = 0;
                }
                self.count[1] -= run as u64;
                self.count[0] += run as u64;
            }
        }
        Ok(())
    }

    /// What the runtime counts: `mappedReady` with the call that comes in it.
    fn counters(&mut self, more: u64) -> io::Result<()> {
        let (in_use, free) = (self.count[2] * PAGE, self.count[1] * PAGE);
        // One page in 20 is a stack's.
        let spans = in_use - in_use / 20 / PAGE * PAGE;
        let ready = (in_use + free + self.tables).wrapping_add(more);
        self.slot(kind::HEAP, 0, 0, self.live.min(spans), spans)?;
        self.slot(kind::READY, 0, 0, free, ready)?;
        if self.calls / 5000 > self.collections {
            self.collections += 1;
            let (count, goal) = (self.collections, self.live * 2);
            self.slot(kind::CYCLES, 0, 0, count, goal)?;
        }
        Ok(())
    }

    fn sample(&mut self) -> io::Result<()> {
        if self.time >= self.next_rss {
            self.next_rss = self.time + 10_000_000;
            let heap = (self.count[1] + self.count[2]) * PAGE;
            let (segment, file) = (heap + self.tables - (700 << 10), 2_600_000);
            self.slot(kind::RSS, 0, 0, segment + file + 900_000, 1_500_000)?;
            self.slot(kind::RESIDENT, 0, 0, segment, file)?;
        }
        if self.time >= self.next_bitmap {
            self.next_bitmap = self.time + 50_000_000;
            for (i, chunk) in self.pages.clone().chunks(512).enumerate() {
                let used = count(chunk, 2);
                if chunk.iter().all(|page| *page == 3) {
                    continue;
                }
                let at = self.heap + i as u64 * GROWTH;
                self.slot(kind::CHUNK, 4, 0, at, used)?;
                for (part, pages) in (0..4).zip(chunk.chunks(128)) {
                    let word = |pages: &[u8]| {
                        let bits = pages.iter().rev();
                        bits.fold(0, |word: u64, page| word << 1 | u64::from(*page == 2))
                    };
                    let (low, high) = pages.split_at(64.min(pages.len()));
                    let (low, high) = (word(low), word(high));
                    self.slot(kind::BITS, part, 0, low, high)?;
                }
            }
        }
        Ok(())
    }
}
