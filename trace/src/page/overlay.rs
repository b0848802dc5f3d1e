//! What differs between two moments, out of all changes in between.

use crate::memory::{Change, Memory, Use};
use crate::runs::{Changed, Runs};

/// What ranges were at the first moment, as far as they have changed since.
#[derive(Default)]
pub struct Overlay(Runs<Option<Use>>);

impl Overlay {
    /// Notes a change.
    pub fn note(&mut self, change: &Change) {
        // What it was first counts.
        self.0.update(change.from, change.to, |old| old.or(Some(change.old)), |_| ());
    }

    /// What differs now, by address; and begins anew.
    pub fn take(&mut self, memory: &Memory) -> Vec<Change> {
        let before = std::mem::take(&mut self.0);
        let mut changes: Vec<Change> = Vec::new();
        for (from, to, old) in before.iter() {
            memory.runs().each(from, to, |from, to, new| {
                if old == new {
                    return;
                }
                match changes.last_mut() {
                    Some(last) if last.to == from && last.new == new => last.to = to,
                    _ => changes.push(Changed { from, to, old, new }),
                }
            });
        }
        changes
    }
}
