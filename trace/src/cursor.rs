//! Any moment of a trace.

use crate::event::{Event, Events};
use crate::file::Trace;
use crate::picture::Picture;
use std::io;

/// A walk over a trace, call by call.
pub struct Cursor<'a> {
    trace: &'a Trace,
    events: Events<'a>,
    picture: Picture,
    /// The call that comes next.
    next: Option<(Event, u64)>,
    /// Moments to go back to, by their call.
    marks: Vec<Mark<'a>>,
}

struct Mark<'a> {
    events: Events<'a>,
    picture: Picture,
    next: Option<(Event, u64)>,
}

/// How many moments are kept to go back to.
const MARKS: u64 = 32;

impl<'a> Cursor<'a> {
    /// The moment before the first call.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn new(trace: &'a Trace) -> io::Result<Self> {
        let mut cursor = Self {
            trace,
            events: trace.events(),
            picture: Picture::new(trace),
            next: None,
            marks: Vec::new(),
        };
        cursor.settle(|_, _| ())?;
        Ok(cursor)
    }

    /// Where it is.
    #[must_use]
    pub const fn picture(&self) -> &Picture {
        &self.picture
    }

    /// Where it is, to have its changes noted.
    pub const fn picture_mut(&mut self) -> &mut Picture {
        &mut self.picture
    }

    /// Makes the next call, and all that is told before the one behind it. `None`: that
    /// was the last.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn step(&mut self, mut told: impl FnMut(&Event, &Picture)) -> io::Result<bool> {
        let Some((event, ticks)) = self.next.take() else { return Ok(false) };
        self.picture.apply(&event, ticks);
        told(&event, &self.picture);
        self.settle(told)?;
        Ok(true)
    }

    /// The moment behind this call and before the next one; behind the last, if there are
    /// not that many.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn go(&mut self, call: u64) -> io::Result<&Picture> {
        if self.picture.calls > call.saturating_add(1) {
            self.back(call)?;
        }
        let every = (self.trace.calls / MARKS).max(1);
        while self.picture.calls <= call {
            let done = self.picture.calls;
            if done > 0
                && done % every == 0
                && self.marks.last().is_none_or(|mark| mark.picture.calls < done)
            {
                self.marks.push(Mark {
                    events: self.events.clone(),
                    picture: self.picture.clone(),
                    next: self.next.clone(),
                });
            }
            if !self.step(|_, _| ())? {
                break;
            }
        }
        Ok(&self.picture)
    }

    /// When the next call comes, in ticks.
    #[must_use]
    pub fn next_ticks(&self) -> Option<u64> {
        self.next.as_ref().map(|(_, ticks)| *ticks)
    }

    /// To a moment that is not behind this call.
    fn back(&mut self, call: u64) -> io::Result<()> {
        let at = self.marks.partition_point(|mark| mark.picture.calls <= call.saturating_add(1));
        if let Some(mark) = at.checked_sub(1).and_then(|at| self.marks.get(at)) {
            self.events = mark.events.clone();
            self.picture = mark.picture.clone();
            self.next.clone_from(&mark.next);
            return Ok(());
        }
        self.events = self.trace.events();
        self.picture = Picture::new(self.trace);
        self.next = None;
        self.settle(|_, _| ())
    }

    /// Goes up to the next call.
    fn settle(&mut self, mut told: impl FnMut(&Event, &Picture)) -> io::Result<()> {
        while let Some(event) = self.events.read()? {
            let ticks = self.events.ticks();
            if is_call(&event) {
                self.next = Some((event, ticks));
                break;
            }
            self.picture.apply(&event, ticks);
            told(&event, &self.picture);
        }
        Ok(())
    }
}

const fn is_call(event: &Event) -> bool {
    matches!(event, Event::Call(_) | Event::Sample)
}
