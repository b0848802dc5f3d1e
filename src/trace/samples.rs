//! What is looked at now and then beside the calls: the runtime's counters, resident
//! memory, the bitmaps of the heap.
//!
//! How often is bounded by time, and where a look is dear by what it costs: all of it
//! together takes less than one percent of the processor time of the program.

use super::clock::Clock;
use super::output::{End, Output};
use super::program::Program;
use super::slot::{Hash, Kind, Slot};
use super::watch::{Bitmap, Counters, Runtime};
use crate::os::linux::clock::{processor_time, thread_time};
use crate::os::linux::proc::{self, Own, Scratch, Usage};

/// By how many bytes a counter moves before it is written at once.
const STEP: u64 = 64 << 10;
/// How many nanoseconds lie between two looks at least.
const COUNTERS: u64 = 1_000_000;
const RSS: u64 = 10_000_000;
const BITMAPS: u64 = 20_000_000;
/// From so many bytes on that a call gives back, resident memory is looked at behind it.
const RELEASE: usize = 1 << 20;
/// A look comes after so many times what the one before took.
const SHARE: u64 = 400;
/// Which parts are resident is looked at for one in so many nanoseconds of the program's
/// processor time; where more is resident than ever, for one in `HIGH`.
const USUAL: u64 = 1000;
const HIGH: u64 = 500;
/// And for so many nanoseconds besides: a program that ends soon is looked at too, but not
/// when it begins.
const FREE: u64 = 50_000;
/// What a look is taken to take before there was one.
const GUESS: u64 = 100_000;

/// Bitmaps that are remembered.
const CHUNKS: usize = 4096;

/// When the next looks are due, and what the last ones gave.
#[derive(Debug)]
pub struct Samples {
    counters: Counters,
    cycles: u64,
    rss: (u64, u64),
    /// The kernel's page as a power of two.
    page_shift: u32,
    counters_due: u64,
    rss_due: u64,
    bitmaps_due: u64,
    /// Most that was resident when the parts were looked at.
    high: u64,
    /// Nanoseconds that looking at the parts has taken, and what it took the last time.
    spent: u64,
    cost: u64,
    /// Where the file is that this code is in, once that was looked for.
    own: Own,
    is_sought: bool,
    /// Whether the kernel does not tell the parts by pages.
    by_mapping: bool,
    /// A hash of each bitmap, at a place by its address.
    chunks: [u64; CHUNKS],
    scratch: Scratch,
}

impl Samples {
    /// Begins a trace, where the kernel's page is this power of two. All is zero.
    pub fn start(&mut self, page_shift: u32, program: Program) {
        (self.page_shift, self.cost) = (page_shift, GUESS);
        self.own.take(code(), program.segments(page_shift));
        self.is_sought = self.own.is_known();
    }

    /// Forgets another trace.
    pub fn clear(&mut self) {
        (self.counters, self.cycles, self.rss) = (Counters::default(), 0, (0, 0));
        (self.counters_due, self.rss_due, self.bitmaps_due) = (0, 0, 0);
        (self.high, self.spent, self.cost) = (0, 0, 0);
        (self.own, self.is_sought, self.by_mapping) = (Own::NONE, false, false);
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
        if self.rss(time, output)? {
            self.resident(segment, false, time, output)?;
        }
        if runtime.is_there() && time >= self.bitmaps_due {
            let before = clock.peek();
            self.bitmaps(runtime, time, output)?;
            let cost = clock.peek().saturating_sub(before);
            self.bitmaps_due = time + clock.span(BITMAPS).max(cost * SHARE);
        }
        Ok(())
    }

    /// Looks at everything, for the last time.
    pub fn finish(
        &mut self,
        segment: (usize, usize),
        runtime: &Runtime,
        clock: &Clock,
        time: u64,
        output: &mut Output,
    ) -> Result<(), End> {
        if runtime.is_there() {
            self.counters_due = 0;
            self.counters(runtime, clock, time, output)?;
        }
        self.rss(time, output)?;
        self.resident(segment, true, time, output)
    }

    /// Writes how much is resident; gives whether that has changed.
    #[inline(never)]
    fn rss(&mut self, time: u64, output: &mut Output) -> Result<bool, End> {
        let Some(Usage { resident, shared }) = proc::usage() else { return Ok(false) };
        let rss = ((resident << self.page_shift) as u64, (shared << self.page_shift) as u64);
        if rss == self.rss {
            return Ok(false);
        }
        self.rss = rss;
        output.put(&Slot::new(Kind::Rss, rss.0, rss.1), time).map(|()| true)
    }

    /// Writes what is resident of the segment, and of the file that this code is in, if
    /// there is processor time left for that.
    #[inline(never)]
    fn resident(
        &mut self,
        (from, to): (usize, usize),
        is_last: bool,
        time: u64,
        output: &mut Output,
    ) -> Result<(), End> {
        let share = if self.rss.0 > self.high { HIGH } else { USUAL };
        if !is_last && self.spent + self.cost > FREE + processor_time() / share {
            return Ok(());
        }
        let before = thread_time();
        let (segment, file) = self.parts(from, to).unwrap_or((u64::MAX, u64::MAX));
        self.high = self.high.max(self.rss.0);
        self.cost = thread_time().saturating_sub(before);
        self.spent += self.cost;
        output.put(&Slot::new(Kind::Resident, segment, file), time)
    }

    /// What is resident of the segment and of the file, if that can be told.
    fn parts(&mut self, from: usize, to: usize) -> Option<(u64, u64)> {
        if !self.is_sought {
            self.is_sought = true;
            self.own.find(code(), &mut self.scratch);
        }
        let Self { own, scratch, rss, .. } = self;
        if !own.is_known() {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it was a usize")]
        let all = rss.0 as usize;
        let mut parts = None;
        if !self.by_mapping {
            parts = proc::parts(all, from, to, own, scratch);
            self.by_mapping = parts.is_none();
        }
        let parts = parts.or_else(|| proc::parts_by_mapping(from, to, own, scratch))?;
        Some((parts.segment as u64, parts.file as u64))
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
    #[inline(never)] // Its frame is gone when the bitmap is written.
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

/// An address in the file that this code is in.
fn code() -> usize {
    Samples::parts as *const () as usize
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
