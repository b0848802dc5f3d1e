//! What is looked at now and then beside the calls: the runtime's counters, resident
//! memory, the bitmaps of the heap.
//!
//! How often is bounded by time, and where a look is dear by what it costs: all of it
//! together takes less than one percent of the processor time of the program.

use super::clock::Clock;
use super::output::{End, Output};
use super::slot::{Hash, Kind, Slot};
use super::watch::{Bitmap, Counters, Runtime};
use crate::os::linux::arch::PAGE;
use crate::os::linux::clock::processor_time;
use crate::os::linux::proc::{self, Scratch, Usage};

/// By how many bytes a counter moves before it is written at once.
const STEP: u64 = 64 << 10;
/// How many nanoseconds lie between two looks at least.
const COUNTERS: u64 = 1_000_000;
const RSS: u64 = 10_000_000;
const BITMAPS: u64 = 20_000_000;
const RESIDENT: u64 = 100_000_000;
/// From so many bytes on that a call gives back, resident memory is looked at behind it.
const RELEASE: usize = 1 << 20;
/// A look comes after so many times what the one before took.
const SHARE: u64 = 400;
/// What the first look at the mappings is taken to cost, in nanoseconds.
const RESIDENT_COST: u64 = 300_000;

/// Bitmaps that are remembered.
const CHUNKS: usize = 4096;

/// When the next looks are due, and what the last ones gave.
#[derive(Debug)]
pub struct Samples {
    counters: Counters,
    cycles: u64,
    rss: (u64, u64),
    counters_due: u64,
    rss_due: u64,
    bitmaps_due: u64,
    resident_due: u64,
    /// Processor time of the program, in nanoseconds, from which on the mappings may be
    /// looked at again.
    budget: u64,
    /// A hash of each bitmap, at a place by its address.
    chunks: [u64; CHUNKS],
    scratch: Scratch,
}

impl Samples {
    /// Begins a trace.
    pub fn start(&mut self) {
        (self.counters, self.cycles, self.rss) = (Counters::default(), 0, (0, 0));
        (self.counters_due, self.rss_due, self.bitmaps_due) = (0, 0, 0);
        (self.resident_due, self.budget) = (0, RESIDENT_COST * SHARE / 4);
        for chunk in &mut self.chunks {
            *chunk = 0;
        }
    }

    /// Room for what is too large for a stack, between two looks.
    pub const fn scratch(&mut self) -> &mut [u8] {
        self.scratch.bytes()
    }

    /// Writes the counters, when they have moved far enough, or a while ago.
    #[inline]
    pub fn counters(
        &mut self,
        runtime: &Runtime,
        clock: &Clock,
        time: u64,
        output: &mut Output,
    ) -> Result<(), End> {
        let now = runtime.counters();
        let is_far = |a: u64, b: u64| a.abs_diff(b) >= STEP;
        let before = self.counters;
        let moved = is_far(now.live, before.live)
            | is_far(now.in_use, before.in_use)
            | is_far(now.free, before.free)
            | is_far(now.ready, before.ready);
        if !moved && (time < self.counters_due || now == before) {
            return Ok(());
        }
        self.counters = now;
        self.counters_due = time + clock.span(COUNTERS);
        output.put(&Slot::new(Kind::Heap, now.live, now.in_use), time)?;
        output.put(&Slot::new(Kind::Ready, now.free, now.ready), time)?;
        let (cycles, goal) = runtime.cycles();
        if cycles != self.cycles {
            self.cycles = cycles;
            output.put(&Slot::new(Kind::Cycles, cycles, goal), time)?;
        }
        Ok(())
    }

    /// Whether something is due, after a call that gave back so many bytes of the segment.
    pub const fn are_due(&self, released: usize, time: u64) -> bool {
        time >= self.rss_due || released >= RELEASE
    }

    /// Looks at what is due.
    // Each look has a frame of its own, which is gone when the next one comes.
    pub fn look(
        &mut self,
        segment: (usize, usize),
        runtime: &Runtime,
        clock: &Clock,
        time: u64,
        output: &mut Output,
    ) -> Result<(), End> {
        self.rss_due = time + clock.span(RSS);
        self.rss(time, output)?;
        if runtime.is_there() && time >= self.bitmaps_due {
            let before = clock.peek();
            self.bitmaps(runtime, time, output)?;
            let cost = clock.peek().saturating_sub(before);
            self.bitmaps_due = time + clock.span(BITMAPS).max(cost * SHARE);
        }
        if time >= self.resident_due {
            self.resident_due = time + clock.span(RESIDENT);
            self.resident(segment, time, output)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn rss(&mut self, time: u64, output: &mut Output) -> Result<(), End> {
        let Some(Usage { resident, shared }) = proc::usage() else { return Ok(()) };
        let rss = ((resident * PAGE) as u64, (shared * PAGE) as u64);
        if rss == self.rss {
            return Ok(());
        }
        self.rss = rss;
        output.put(&Slot::new(Kind::Rss, rss.0, rss.1), time)
    }

    /// Writes what is resident of the segment, and of the file that this code is in, if
    /// there is processor time left for that.
    #[inline(never)]
    fn resident(
        &mut self,
        (from, to): (usize, usize),
        time: u64,
        output: &mut Output,
    ) -> Result<(), End> {
        let before = processor_time();
        if before < self.budget {
            return Ok(());
        }
        let code = Self::resident as *const () as usize;
        let (segment, file) = proc::parts(from, to, code, &mut self.scratch)
            .map_or((u64::MAX, u64::MAX), |parts| (parts.segment as u64, parts.file as u64));
        output.put(&Slot::new(Kind::Resident, segment, file), time)?;
        let after = processor_time();
        self.budget = after + after.saturating_sub(before) * SHARE;
        Ok(())
    }

    /// Writes the bitmaps that have changed.
    #[inline(never)]
    fn bitmaps(&mut self, runtime: &Runtime, time: u64, output: &mut Output) -> Result<(), End> {
        let mut outcome = Ok(());
        runtime.chunks(|address, bitmap| {
            if outcome.is_ok() && self.is_new(address, address / runtime.chunk_bytes.max(1), bitmap)
            {
                outcome = write(address, bitmap, time, output);
            }
        });
        outcome
    }

    /// Whether a bitmap has changed, or is seen for the first time and not empty.
    fn is_new(&mut self, address: usize, number: usize, bitmap: Bitmap) -> bool {
        let mut hash = Hash::new(address as u64);
        let mut all = 0;
        for i in 0..bitmap.len() {
            hash.add(bitmap.word(i));
            all |= bitmap.word(i);
        }
        let Some(known) = self.chunks.get_mut(number % CHUNKS) else { return false };
        if *known == hash.0 || (*known == 0 && all == 0) {
            return false;
        }
        *known = hash.0;
        true
    }
}

/// Writes a bitmap. It may change meanwhile; the next look finds that.
#[inline(never)]
fn write(address: usize, bitmap: Bitmap, time: u64, output: &mut Output) -> Result<(), End> {
    let used = (0..bitmap.len()).map(|i| u64::from(bitmap.word(i).count_ones())).sum();
    let pairs = bitmap.len().div_ceil(2);
    let code = u8::try_from(pairs).unwrap_or(u8::MAX);
    output.put(&Slot { code, ..Slot::new(Kind::Chunk, address as u64, used) }, time)?;
    for code in 0..code {
        let at = 2 * usize::from(code);
        let bits = Slot::new(Kind::Bits, bitmap.word(at), bitmap.word(at + 1));
        output.put(&Slot { code, ..bits }, time)?;
    }
    Ok(())
}
