//! A trace that was opened: its header, what it defines, where it ends.

use crate::clock::{Clock, Ticks};
use crate::definitions::{Definitions, Thread};
use crate::format::HEADER;
use crate::format::header::{Header, flag};
use crate::format::slot::{Slot, kind};
use crate::slots::{Slots, Stop};
use crate::source::Source;
use crate::trouble::Trouble;
use std::fs::File;
use std::io;
use std::path::Path;

/// How a trace ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The process exited.
    Exited,
    /// The process forked, or ran another program.
    Replaced,
    /// The disk was full.
    DiskFull,
    /// The system refused to take more, with this error.
    Refused(u64),
    /// Nothing says so: the process still runs, or was killed.
    Open,
    /// From this call on, counted from 0, the file is damaged.
    Damaged(u64),
}

/// A trace.
pub struct Trace {
    source: Box<dyn Source>,
    /// Its header.
    pub header: Header,
    /// Names, threads and functions.
    pub definitions: Definitions,
    /// How long a tick is.
    pub clock: Clock,
    /// How many slots are as they were written.
    pub slots: u64,
    /// How many calls they have; of what was looked at: samples.
    pub calls: u64,
    /// How it ends.
    pub end: End,
    /// How many calls are missing, because none could be written when they came.
    pub lost: u64,
    /// Whether the runtime's counters are there.
    pub counters: bool,
    /// The call after which most was resident, and how much that was.
    pub peak: Option<(u64, u64)>,
    scan: Scan,
}

/// Whether a slot of this kind is a call, or stands for one.
#[must_use]
pub const fn is_call(kind: u8) -> bool {
    matches!(kind, kind::ALLOC..=kind::FAULT | kind::SAMPLE)
}

impl Trace {
    /// Opens a file and reads through it once.
    ///
    /// # Errors
    /// It is no trace, has another format, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, Trouble> {
        Self::new(Box::new(File::open(path)?))
    }

    /// Reads through a trace once. What is appended later is not seen.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn new(source: Box<dyn Source>) -> Result<Self, Trouble> {
        let mut trace = Self::unread(source)?;
        trace.read_on()?;
        trace.scan.close_text(&mut trace.definitions);
        Ok(trace)
    }

    /// A trace of which nothing but the header was read.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn unread(source: Box<dyn Source>) -> Result<Self, Trouble> {
        let mut bytes = vec![0; HEADER];
        let size = source.read_at(0, &mut bytes)?;
        let header = Header::decode(&bytes[..size])?;
        let clock = Clock::new(&header);
        Ok(Self {
            source,
            header,
            definitions: Definitions::default(),
            clock,
            slots: 0,
            calls: 0,
            end: End::Open,
            lost: 0,
            counters: false,
            peak: None,
            scan: Scan::default(),
        })
    }

    /// Its slots from this one on.
    #[must_use]
    pub fn slots(&self, from: u64) -> Slots<'_> {
        Slots::new(self.source.as_ref(), self.header.random, from, self.slots)
    }

    /// Whether it has all calls of its process.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.lost == 0 && matches!(self.end, End::Exited | End::Replaced)
    }

    /// The name with this number, as text.
    #[must_use]
    pub fn name(&self, index: u32) -> String {
        String::from_utf8_lossy(self.definitions.name(index)).into_owned()
    }

    /// Reads what was appended since it was read last. Gives the first slot that is not to
    /// be read yet, because a text that begins there is not all there.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn read_on(&mut self) -> io::Result<u64> {
        let (scan, definitions, clock) = (&mut self.scan, &mut self.definitions, &mut self.clock);
        let mut slots = Slots::new(self.source.as_ref(), self.header.random, self.slots, u64::MAX);
        loop {
            let number = slots.number();
            let Some(slot) = slots.read()? else { break };
            scan.slot(&slot, number, definitions, clock);
        }
        scan.window();
        let whole = scan.whole(definitions).unwrap_or_else(|| slots.number());
        self.slots = slots.number();
        self.calls = scan.calls;
        self.lost = scan.lost;
        self.counters = scan.counters || self.header.flags & flag::COUNTERS != 0;
        self.peak = scan.peak;
        self.end = match slots.stop() {
            Some(Stop::Damaged) => End::Damaged(scan.calls),
            _ => scan.end.unwrap_or(End::Open),
        };
        Ok(whole)
    }

    /// Its slots from this one on, and before `limit`.
    pub(crate) fn part(&self, from: u64, limit: u64) -> Slots<'_> {
        Slots::new(self.source.as_ref(), self.header.random, from, limit)
    }
}

/// Text that comes in several slots.
enum Text {
    /// A name and its bytes, 0 where the file does not say how many.
    Name(usize),
    Function(u64, u64),
}

/// A text of which there may be more.
struct Open {
    /// The slot that it begins with.
    from: u64,
    what: Text,
    text: Vec<u8>,
    /// How many slots are missing.
    left: u8,
}

#[derive(Default)]
struct Scan {
    calls: u64,
    lost: u64,
    counters: bool,
    end: Option<End>,
    peak: Option<(u64, u64)>,
    /// What was resident at the last sample since the last call.
    rss: Option<u64>,
    text: Option<Open>,
}

impl Scan {
    fn slot(&mut self, slot: &Slot, number: u64, definitions: &mut Definitions, clock: &mut Clock) {
        if slot.kind != kind::TEXT {
            self.close_text(definitions);
        }
        if is_call(slot.kind) {
            self.window();
            self.calls += 1;
            return;
        }
        let both = || [slot.a.to_le_bytes(), slot.b.to_le_bytes()].concat();
        match slot.kind {
            kind::NAME => {
                let what = Text::Name(usize::from(slot.thread));
                self.text = Some(Open { from: number, what, text: both(), left: slot.code });
            }
            kind::FUNCTION => {
                let what = Text::Function(slot.a, slot.b);
                let text = Vec::new();
                self.text = Some(Open { from: number, what, text, left: slot.code });
            }
            kind::TEXT => {
                if let Some(Open { text, left: left @ 1.., .. }) = &mut self.text {
                    text.extend(both());
                    *left -= 1;
                }
            }
            kind::THREAD => {
                definitions.add_thread(Thread { tid: slot.a, goroutine: slot.b });
            }
            kind::CLOCK => clock.note(slot.a, slot.b),
            kind::HEAP => self.counters = true,
            kind::RSS => self.rss = Some(slot.a),
            kind::ROW if slot.code == 9 && slot.b == 1 => self.rss = Some(slot.a),
            kind::LOST => self.lost = self.lost.saturating_add(slot.a),
            kind::LAST => {
                self.end = Some(match slot.code {
                    0 => End::Exited,
                    1 => End::Replaced,
                    2 => End::DiskFull,
                    _ => End::Refused(slot.a),
                });
            }
            _ => {}
        }
    }

    /// All that belongs to the last call was read.
    fn window(&mut self) {
        let higher = self.rss.take().filter(|rss| self.peak.is_none_or(|(_, most)| *rss > most));
        if let Some(rss) = higher {
            self.peak = Some((self.calls.saturating_sub(1), rss));
        }
    }

    /// Closes a text that is all there; otherwise gives the slot that it begins with.
    fn whole(&mut self, definitions: &mut Definitions) -> Option<u64> {
        let open = self.text.as_ref().filter(|open| open.left > 0).map(|open| open.from);
        if open.is_none() {
            self.close_text(definitions);
        }
        open
    }

    fn close_text(&mut self, definitions: &mut Definitions) {
        let Some(Open { what, mut text, .. }) = self.text.take() else { return };
        match what {
            Text::Name(size) => {
                text.truncate(if size > 0 { size } else { text.len() });
                while size == 0 && text.last() == Some(&0) {
                    text.pop();
                }
                definitions.add_name(text);
            }
            Text::Function(pc, line) => definitions.add_function(pc, line, &text),
        }
    }
}

/// The ticks of slots that have a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Now {
    ticks: Ticks,
    now: u64,
}

impl Now {
    /// The ticks of this slot, or of the one before where it has no time.
    #[inline]
    pub(crate) fn at(&mut self, slot: &Slot) -> u64 {
        if matches!(slot.kind, kind::ALLOC..=kind::SEGMENT | kind::RSS | kind::SAMPLE | kind::LAST)
        {
            self.now = self.ticks.at(slot.time);
        }
        self.now
    }
}

#[cfg(test)]
mod tests;
