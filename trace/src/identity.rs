//! The calls beside the runtime's own count of them, `gcController.mappedReady`: what
//! shows that both were read well.

use crate::event::{Call, Event};
use crate::file::Trace;
use crate::picture::Picture;
use std::io;

/// How ready memory by the calls and by the runtime compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Differences in bytes, calls minus counter, one for each time that counters were
    /// recorded, in order.
    pub differences: Vec<i64>,
}

impl Identity {
    /// Compares each time that counters were recorded.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(trace: &Trace) -> io::Result<Self> {
        let mut identity = Self::default();
        let mut picture = Picture::new(trace);
        let mut events = trace.events();
        // The runtime counts, and then calls: so what it counted has the next call in it.
        let mut counted = None;
        while let Some(event) = events.read()? {
            picture.apply(&event, events.ticks());
            match event {
                Event::Counters(counters) => counted = Some(counters.ready),
                Event::Call(Call { error: 0, .. }) => {
                    if let Some(counted) = counted.take() {
                        identity.differences.push(difference(&picture, counted));
                    }
                }
                Event::Call(_) => counted = None,
                _ => {}
            }
        }
        Ok(identity)
    }

    /// The largest difference either way.
    #[must_use]
    pub fn worst(&self) -> u64 {
        self.differences.iter().map(|one| one.unsigned_abs()).max().unwrap_or(0)
    }

    /// The median of the differences' sizes.
    #[must_use]
    pub fn median(&self) -> u64 {
        let mut sizes: Vec<_> = self.differences.iter().map(|one| one.unsigned_abs()).collect();
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or(0)
    }
}

fn difference(picture: &Picture, counted: u64) -> i64 {
    let memory = &picture.memory;
    let ready = memory.totals().ready_asked().saturating_sub(memory.uncounted_asked());
    i64::try_from(i128::from(ready) - i128::from(counted)).unwrap_or(i64::MAX)
}
