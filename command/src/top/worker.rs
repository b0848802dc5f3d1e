//! The thread that reads programs, so that keys are answered meanwhile.

use super::Subject;
use super::detail::Detail;
use super::entry::Entry;
use super::process::One;
use crate::look::refused;
use gosbrk_look::programs::Programs;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// What the thread is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// All programs from now on.
    All,
    /// This one from now on.
    One(i32),
    /// Nothing is read until it is asked to go on.
    Pause(bool),
}

/// What it has read.
#[derive(Clone, Debug)]
pub enum Update {
    /// The programs that run.
    All(List),
    /// One of them, or a trace.
    One(Box<Detail>),
    /// This one cannot be read, for that reason.
    Failed(i32, String),
}

/// The programs that run.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Those that could be read.
    pub entries: Vec<Entry>,
    /// How many may not be read, why, and what to do, by the reason.
    pub refused: Vec<(usize, String, String)>,
}

/// What was asked and was not answered yet.
struct Asked<'a> {
    from: &'a Receiver<Ask>,
    waiting: VecDeque<Ask>,
}

impl Asked<'_> {
    /// Whether there is something to answer.
    fn is_waiting(&mut self) -> bool {
        self.waiting.extend(self.from.try_iter());
        !self.waiting.is_empty()
    }

    /// Waits up to this moment for the next one; without a moment for as long as it takes.
    fn next(&mut self, until: Option<Instant>) -> Result<Ask, RecvTimeoutError> {
        match (self.waiting.pop_front(), until) {
            (Some(ask), _) => Ok(ask),
            (None, Some(until)) => {
                self.from.recv_timeout(until.saturating_duration_since(Instant::now()))
            }
            (None, None) => self.from.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }
}

/// Reads until nobody asks or listens any more.
pub fn work(
    mut subject: Subject,
    every: Duration,
    asked: &Receiver<Ask>,
    mut told: impl FnMut(Update) -> bool,
) {
    let mut asked = Asked { from: asked, waiting: VecDeque::new() };
    let mut programs = Programs::default();
    let (mut is_paused, mut is_new) = (false, true);
    loop {
        let start = Instant::now();
        if !read(&mut subject, is_new, &mut programs, &mut asked, &mut told) {
            return;
        }
        let next = after(start, Instant::now(), every);
        is_new = loop {
            match asked.next((!is_paused).then_some(next)) {
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => break false,
                Ok(Ask::Pause(pause)) => is_paused = pause,
                Ok(Ask::All) => {
                    subject = Subject::All;
                    break true;
                }
                Ok(Ask::One(pid)) => {
                    // What was found of it takes a while to be found again.
                    let known = programs.take(pid).map(One::of).map(Ok);
                    match known.unwrap_or_else(|| One::open(pid)) {
                        Ok(one) => {
                            subject = Subject::One(Box::new(one));
                            break true;
                        }
                        Err(trouble) if told(Update::Failed(pid, trouble.message.clone())) => {}
                        Err(_) => return,
                    }
                }
            }
        };
    }
}

/// Reads what is looked at and tells of it. What is new was read just now. Gives whether
/// somebody listens.
fn read(
    subject: &mut Subject,
    is_new: bool,
    programs: &mut Programs,
    asked: &mut Asked<'_>,
    told: &mut impl FnMut(Update) -> bool,
) -> bool {
    match subject {
        // Many processes take a while; what is asked meanwhile comes first.
        Subject::All => {
            !programs.read_while(|| !asked.is_waiting()) || told(Update::All(list(programs)))
        }
        Subject::One(one) => {
            if !is_new {
                one.read();
            }
            // And so does a long trace, the first time.
            told(Update::of(one.detail())) && (!one.follow() || told(Update::of(one.detail())))
        }
        Subject::File(file) => {
            if !is_new {
                file.read();
            }
            told(Update::of(file.detail()))
        }
    }
}

/// When the next look is due: no more than half of the time goes into looking.
pub fn after(start: Instant, end: Instant, every: Duration) -> Instant {
    (start + every).max(end + (end - start))
}

fn list(programs: &Programs) -> List {
    let entries = programs.all().map(Entry::of).collect();
    let refused = refused::groups(programs).into_iter();
    let refused = refused.map(|group| (group.count, group.reason, group.hint));
    List { entries, refused: refused.collect() }
}

impl Update {
    fn of(detail: Detail) -> Self {
        Self::One(Box::new(detail))
    }
}

#[cfg(test)]
mod tests;
