//! What happened, in order: slots put together.

use crate::definitions::Definitions;
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
    /// The number of its thread in the definitions; 0: unknown.
    pub thread: u32,
    /// The number of its name there; 0: none.
    pub name: u32,
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

/// How a segment is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Init {
    /// The profile, as in the header.
    pub profile: u8,
    /// Where the segment begins.
    pub base: u64,
    /// `start` of the set-up.
    pub start: u64,
    /// `initial` of the set-up.
    pub initial: u64,
    /// `limit` of the set-up.
    pub limit: u64,
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
    /// The segment was set up anew, and all memory is gone.
    Init(Init),
    /// A child of fork has all from `bloc - size` to `bloc` but what it frees next.
    Inherited {
        /// `bloc`.
        bloc: u64,
        /// The bytes below it.
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
    definitions: &'a Definitions,
    slots: Slots<'a>,
    assembler: Assembler,
}

/// What is put together of slots, and can go on when more of them are there.
#[derive(Clone, Default)]
pub(crate) struct Assembler {
    now: Now,
    /// What indexes stand for now, and how many slots have defined names and threads.
    names: Vec<u32>,
    threads: Vec<u32>,
    defined: (usize, usize),
    init: Init,
    /// A slot that was read too early.
    back: Option<Slot>,
    pending: Option<Call>,
    calls: u64,
    hint: u64,
    align: u64,
    live: Option<(u64, u64)>,
    /// A bitmap, and how many slots of it there are.
    bitmap: Option<(Box<Bitmap>, u8)>,
    stack: Vec<u64>,
    ticks: u64,
}

impl Trace {
    /// What happened, from the beginning.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events {
            definitions: &self.definitions,
            slots: self.slots(0),
            assembler: Assembler::default(),
        }
    }
}

impl Events<'_> {
    /// When the last event was, in ticks since the header; of a call that is given, its
    /// own are in it.
    #[must_use]
    pub const fn ticks(&self) -> u64 {
        self.assembler.ticks
    }

    /// The next event; `None`: there are no more.
    ///
    /// # Errors
    /// The system does not give the file's bytes.
    pub fn read(&mut self) -> io::Result<Option<Event>> {
        let event = self.assembler.read(self.definitions, &mut self.slots)?;
        Ok(event.or_else(|| self.assembler.rest()))
    }
}

impl Assembler {
    /// As [`Events::ticks`].
    pub(crate) const fn ticks(&self) -> u64 {
        self.ticks
    }

    /// The call that was read last, if more slots could still belong to it.
    pub(crate) fn rest(&mut self) -> Option<Event> {
        self.pending.take().map(Event::Call)
    }

    /// The next event; `None`: more slots are needed.
    ///
    /// # Errors
    /// The system does not give the file's bytes.
    pub(crate) fn read(
        &mut self,
        definitions: &Definitions,
        slots: &mut Slots<'_>,
    ) -> io::Result<Option<Event>> {
        loop {
            let slot = match self.back.take() {
                Some(slot) => slot,
                None => match slots.read()? {
                    Some(slot) => slot,
                    None => return Ok(None),
                },
            };
            if let Some(call) = &mut self.pending {
                match slot.kind {
                    kind::ANSWER => call.given = slot.b,
                    kind::BREAK => call.brk = Some((slot.a, slot.b)),
                    _ => {
                        self.back = Some(slot);
                        return Ok(self.rest());
                    }
                }
                continue;
            }
            if let Some(event) = self.slot(definitions, &slot) {
                return Ok(Some(event));
            }
        }
    }

    fn slot(&mut self, definitions: &Definitions, slot: &Slot) -> Option<Event> {
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
                let bitmap = Bitmap { addr, used, bits: [0; 8] };
                self.bitmap = Some((Box::new(bitmap), slot.code));
                None
            }
            kind::BITS => self.bits(slot),
            kind::READY => {
                let (live, in_use) = self.live.take()?;
                Some(Event::Counters(Counters { live, in_use, free: slot.a, ready: slot.b }))
            }
            kind::NAME => {
                let number = definitions.name_of_slot(self.defined.0);
                self.defined.0 += 1;
                define(&mut self.names, slot.name, number);
                None
            }
            kind::THREAD => {
                let number = definitions.thread_of_slot(self.defined.1);
                self.defined.1 += 1;
                define(&mut self.threads, slot.thread, number);
                None
            }
            kind::INIT => {
                let profile = slot.code & 15;
                self.init = Init { profile, start: slot.a, initial: slot.b, ..Init::default() };
                None
            }
            kind::SEGMENT => Some(Event::Init(Init { base: slot.a, limit: slot.b, ..self.init })),
            kind::INHERITED => Some(Event::Inherited { bloc: slot.a, size: slot.b }),
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
            thread: look_up(&self.threads, slot.thread),
            name: look_up(&self.names, slot.name),
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
        let (bitmap, count) = self.bitmap.as_mut()?;
        *bitmap.bits.get_mut(2 * part)? = slot.a;
        bitmap.bits[2 * part + 1] = slot.b;
        let is_last = part + 1 >= usize::from(*count).min(4);
        if is_last { self.bitmap.take().map(|(bitmap, _)| Event::Bitmap(bitmap)) } else { None }
    }
}

/// Has an index stand for something else from now on.
fn define(table: &mut Vec<u32>, index: u16, number: u32) {
    let index = usize::from(index);
    if table.len() <= index {
        table.resize(index + 1, 0);
    }
    table[index] = number;
}

fn look_up(table: &[u32], index: u16) -> u32 {
    table.get(usize::from(index)).copied().unwrap_or(0)
}
