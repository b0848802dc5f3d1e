//! A trace that is still being written, read as far as it goes, again and again.

use crate::event::{Assembler, Event};
use crate::file::Trace;
use crate::growth::{Growth, Growths};
use crate::picture::Picture;
use crate::source::Source;
use crate::stat::Moment;
use crate::trouble::Trouble;
use std::fs::File;
use std::io;

/// Calls between two tellings of how far it is.
const TELL: u64 = 1 << 16;

/// A trace and the moment that was read last.
pub struct Follow {
    trace: Trace,
    assembler: Assembler,
    /// The first slot that was not put together yet.
    next: u64,
    picture: Picture,
    growths: Growths,
    /// When each growth was, in ticks.
    ticks: Vec<u64>,
}

impl Follow {
    /// Opens a trace. Nothing but its header is read before [`Self::read_on`].
    ///
    /// # Errors
    /// It is no trace, has another format, or cannot be read.
    pub fn new(file: File) -> Result<Self, Trouble> {
        Self::of(Box::new(file))
    }

    /// As [`Self::new`], of any source of bytes.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(source: Box<dyn Source>) -> Result<Self, Trouble> {
        let trace = Trace::unread(source)?;
        let picture = Picture::new(&trace);
        Ok(Self {
            trace,
            assembler: Assembler::default(),
            next: 0,
            picture,
            growths: Growths::default(),
            ticks: Vec::new(),
        })
    }

    /// Reads what was written since the last time. `told` hears how many calls were read, now
    /// and then.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_on(&mut self, mut told: impl FnMut(u64)) -> io::Result<()> {
        let limit = self.trace.read_on()?;
        self.picture.know(&self.trace);
        let mut slots = self.trace.part(self.next, limit);
        while let Some(event) =
            self.assembler.read(&self.trace.definitions, &mut slots).inspect_err(|_| {
                // What was put together stays; the next time goes on behind it.
                self.next = slots.number();
            })?
        {
            let ticks = self.assembler.ticks();
            self.picture.apply(&event, ticks);
            if let Event::Call(call) = &event {
                self.growths.note(&self.trace, &self.picture.memory, call);
                self.ticks.resize(self.growths.all.len(), call.ticks);
            }
            if self.picture.calls % TELL == 0 {
                told(self.picture.calls);
            }
        }
        self.next = slots.number();
        Ok(())
    }

    /// The trace as far as it was read.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The moment that was read last. A call counts even if what it gave is not written yet,
    /// as in [`Stat`](crate::stat::Stat).
    #[must_use]
    pub fn moment(&self) -> Moment {
        match self.assembler.clone().rest() {
            None => Moment::of(&self.trace, &self.picture),
            Some(last) => {
                let mut picture = self.picture.clone();
                picture.apply(&last, self.assembler.ticks());
                Moment::of(&self.trace, &picture)
            }
        }
    }

    /// Who made the heap grow, up to now.
    #[must_use]
    pub const fn growths(&self) -> &Growths {
        &self.growths
    }

    /// The growths from this one on, with their times in nanoseconds since the trace began,
    /// where the file tells them.
    pub fn growths_from(&self, first: usize) -> impl Iterator<Item = (Option<u64>, &Growth)> {
        let both = self.ticks.iter().zip(&self.growths.all).skip(first);
        both.map(|(ticks, growth)| (self.trace.clock.ns(*ticks), growth))
    }
}

#[cfg(test)]
mod tests;
