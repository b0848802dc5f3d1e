//! What has changed between two moments of a process.

use crate::model::{Moment, ROWS};
use std::time::Duration;

/// The change of each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// How long after the first moment the second was.
    pub over: Duration,
    /// In the order of [`ROWS`], in bytes; nothing where the row was not known at both.
    pub rows: [Option<i128>; ROWS.len()],
}

impl Change {
    /// From `before` to `now`.
    #[must_use]
    pub fn between(before: &Moment, now: &Moment, over: Duration) -> Self {
        let (old, new) = (before.rows(), now.rows());
        let rows = std::array::from_fn(|at| {
            let (old, new) = (old[at].1.as_ref().ok()?, new[at].1.as_ref().ok()?);
            Some(i128::from(*new) - i128::from(*old))
        });
        Self { over, rows }
    }

    /// The change of the resident memory.
    #[must_use]
    pub const fn rss(&self) -> Option<i128> {
        self.rows[ROWS.len() - 1]
    }
}

#[cfg(test)]
mod tests;
