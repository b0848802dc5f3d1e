//! What happened, in order: slots put together.

use crate::file::{Now, Trace};
use crate::format::slot::{Slot, kind};
use crate::slots::Slots;
use std::io;

/// A call of the layer, with what it gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Its number, from 0.
    pub number: u64,
    /// The function: 1 to 11, as in [`kind`].
    pub kind: u8,
    /// The number of its error; 0: none.
    pub error: u8,
    /// The index of its thread; 0: unknown.
    pub thread: u16,
    /// The index of its name; 0: none.
    pub name: u16,
    /// When, in ticks.
    pub ticks: u64,
    /// The address that it was given, or that it gave; 0: nil.
    pub addr: u64,
    /// The bytes that it was asked for.
    pub size: u64,
    /// `v` of a reservation: where it was wanted.
    pub hint: u64,
    /// The alignment of an aligned reservation.
    pub align: u64,
    /// The bytes at its answer.
    pub given: u64,
    /// `bloc` and `blocMax`, where the call has changed them.
    pub brk: Option<(u64, u64)>,
    /// Program counters, the innermost first; empty where none were recorded.
    pub stack: Vec<u64>,
}

/// The runtime's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// `gcController.heapLive`.
    pub live: u64,
    /// `gcController.heapInUse`.
    pub in_use: u64,
    /// `gcController.heapFree`.
    pub free: u64,
    /// `gcController.mappedReady`.
    pub ready: u64,
}

/// Which pages of the Go heap are in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    /// The address of the first page.
    pub addr: u64,
    /// How many are in use.
    pub used: u64,
    /// A bit a page, from the lowest; 1: in use.
    pub bits: [u64; 8],
}

/// Something that a trace tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call.
    Call(Call),
    /// The break goes over a mapping of others.
    Foreign {
        /// Where that begins.
        addr: u64,
        /// Its bytes.
        size: u64,
    },
    /// `bloc` and `blocMax`, not by a call.
    Break(u64, u64),
    /// The runtime's counters, right before the next call.
    Counters(Counters),
    /// How many collections there were, and where the next is to end; 0: unknown.
    Cycles(u64, u64),
    /// Resident bytes, and the part of them that is files and shared memory.
    Rss(u64, u64),
    /// Resident bytes of the segment, and of the program file; all bits set: unknown.
    Resident(u64, u64),
    /// A part of the heap's bitmap.
    Bitmap(Box<Bitmap>),
    /// So many calls are missing.
    Lost(u64),
    /// A sample of what was looked at.
    Sample,
    /// A row of it: its number, its bytes where they are known.
    Row(u8, Option<u64>),
    /// The end.
    Last,
}

/// The events of a trace in order.
#[derive(Clone)]
pub struct Events<'a> {
    slots: Slots<'a>,
    now: Now,
    /// A slot that was read too early.
    back: Option<Slot>,
    pending: Option<Call>,
    calls: u64,
    hint: u64,
    align: u64,
    live: Option<(u64, u64)>,
    bitmap: Option<Box<Bitmap>>,
    stack: Vec<u64>,
    ticks: u64,
}

impl Trace {
    /// What happened, from the beginning.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events {
            slots: self.slots(0),
            now: Now::default(),
            back: None,
            pending: None,
            calls: 0,
            hint: 0,
            align: 0,
            live: None,
            bitmap: None,
            stack: Vec::new(),
            ticks: 0,
        }
    }
}

impl Events<'_> {
    /// When the last event was, in ticks since the header; of a call that is given, its
    /// own are in it.
    #[must_use]
    pub const fn ticks(&self) -> u64 {
        self.ticks
    }

    /// The next event; `None`: there are no more.
    ///
    /// # Errors
    /// The system does not give the file's bytes.
    pub fn next(&mut self) -> io::Result<Option<Event>> {
        loop {
            let slot = match self.back.take() {
                Some(slot) => slot,
                None => match self.slots.next()? {
                    Some(slot) => slot,
                    None => return Ok(self.pending.take().map(Event::Call)),
                },
            };
            if let Some(call) = &mut self.pending {
                match slot.kind {
                    kind::ANSWER => call.given = slot.b,
                    kind::BREAK => call.brk = Some((slot.a, slot.b)),
                    _ => {
                        self.back = Some(slot);
                        return Ok(self.pending.take().map(Event::Call));
                    }
                }
                continue;
            }
            if let Some(event) = self.slot(&slot) {
                return Ok(Some(event));
            }
        }
    }

    fn slot(&mut self, slot: &Slot) -> Option<Event> {
        self.ticks = self.now.at(slot);
        match slot.kind {
            kind::ALLOC..=kind::FAULT => {
                self.pending = Some(self.call(slot));
                self.calls += 1;
                None
            }
            kind::ARGUMENT => {
                (self.hint, self.align) = (slot.a, slot.b);
                None
            }
            kind::STACK => {
                self.stack.extend([slot.a, slot.b].iter().filter(|pc| **pc != 0));
                None
            }
            kind::HEAP => {
                self.live = Some((slot.a, slot.b));
                None
            }
            kind::CHUNK => {
                let (addr, used) = (slot.a, slot.b);
                self.bitmap = Some(Box::new(Bitmap { addr, used, bits: [0; 8] }));
                None
            }
            kind::BITS => self.bits(slot),
            kind::READY => {
                let (live, in_use) = self.live.take()?;
                Some(Event::Counters(Counters { live, in_use, free: slot.a, ready: slot.b }))
            }
            kind::FOREIGN => Some(Event::Foreign { addr: slot.a, size: slot.b }),
            kind::BREAK => Some(Event::Break(slot.a, slot.b)),
            kind::CYCLES => Some(Event::Cycles(slot.a, slot.b)),
            kind::RSS => Some(Event::Rss(slot.a, slot.b)),
            kind::RESIDENT => Some(Event::Resident(slot.a, slot.b)),
            kind::LOST => Some(Event::Lost(slot.a)),
            kind::SAMPLE => Some(Event::Sample),
            kind::ROW => Some(Event::Row(slot.code, (slot.b == 1).then_some(slot.a))),
            kind::LAST => Some(Event::Last),
            _ => None,
        }
    }

    fn call(&mut self, slot: &Slot) -> Call {
        let (hint, align) = (self.hint, self.align);
        (self.hint, self.align) = (0, 0);
        Call {
            number: self.calls,
            kind: slot.kind,
            error: slot.code,
            thread: slot.thread,
            name: slot.name,
            ticks: self.ticks,
            addr: slot.a,
            size: slot.b,
            hint: if slot.kind == kind::RESERVE { hint } else { 0 },
            align: if slot.kind == kind::RESERVE_ALIGNED { align } else { 0 },
            given: slot.b,
            brk: None,
            stack: std::mem::take(&mut self.stack),
        }
    }

    fn bits(&mut self, slot: &Slot) -> Option<Event> {
        let part = usize::from(slot.code);
        let bitmap = self.bitmap.as_mut()?;
        *bitmap.bits.get_mut(2 * part)? = slot.a;
        bitmap.bits[2 * part + 1] = slot.b;
        if part == 3 { self.bitmap.take().map(Event::Bitmap) } else { None }
    }
}
