//! In what order programs are listed.

use super::entry::Entry;
use clap::ValueEnum;
use std::cmp::{Ordering, Reverse};

/// What programs are sorted by: the largest first, and pids from the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// Resident memory
    Rss,
    /// Held by the program
    Held,
    /// Kept free by the runtime
    Kept,
    /// How resident memory has changed
    Change,
    /// The number of the process
    Pid,
}

impl Sort {
    /// What comes after it, when one goes through all of them.
    pub const fn next(self) -> Self {
        match self {
            Self::Rss => Self::Held,
            Self::Held => Self::Kept,
            Self::Kept => Self::Change,
            Self::Change => Self::Pid,
            Self::Pid => Self::Rss,
        }
    }

    /// What it is called on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Held => "held",
            Self::Kept => "kept free",
            Self::Change => "change",
            Self::Pid => "pid",
        }
    }

    /// The figure that it goes by; nothing where that is not known.
    fn figure(self, entry: &Entry) -> Option<i128> {
        let moment = &entry.moment;
        let known = match self {
            Self::Rss => &moment.rss,
            Self::Held => &moment.held,
            Self::Kept => &moment.kept,
            Self::Change => return entry.change.and_then(|change| change.rss()),
            Self::Pid => return Some(-i128::from(entry.pid)),
        };
        known.as_ref().ok().map(|size| i128::from(*size))
    }

    /// Puts entries in order. What is not known comes last, and equals by their pids.
    pub fn sort(self, entries: &mut [Entry]) {
        entries.sort_by(|a, b| self.compare(a, b));
    }

    fn compare(self, a: &Entry, b: &Entry) -> Ordering {
        // `None` is below all numbers.
        let key = |entry: &Entry| Reverse(self.figure(entry));
        key(a).cmp(&key(b)).then(a.pid.cmp(&b.pid))
    }
}

#[cfg(test)]
mod tests;
