//! What is being done to the records, written down for a child of fork.
//!
//! A change of the records is many stores. A child in which the thread that made
//! it does not exist sees some of them; here it sees which change it was, and
//! [`Sbrk::recover`](crate::Sbrk) makes it anew from the start. So a change is
//! written down when nothing about it can fail any more, and leads to the same
//! end however often, and from however far, it is made.

pub use crate::os::linux::order::in_order;

/// What is to become of a range. From 1, so that the state at rest is all zero
/// bytes, of which no object file holds a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A region: handed out.
    Region = 1,
    /// Free: on the list.
    Free,
    /// Not mapped: the segment, which comes or goes.
    Unmapped,
}

/// The change that is being made.
#[derive(Debug)]
pub struct Journal {
    change: Option<Change>,
    at: usize,
    n: usize,
}

impl Journal {
    /// Nothing is being done.
    pub const fn new() -> Self {
        Self { change: None, at: 0, n: 0 }
    }

    /// `[at, at+n)` is becoming this, from now on until [`Journal::end`].
    pub fn begin(&mut self, change: Change, at: usize, n: usize) {
        self.at = at;
        self.n = n;
        in_order();
        self.change = Some(change);
        in_order();
    }

    /// The change is made.
    pub fn end(&mut self) {
        in_order();
        self.change = None;
        in_order();
    }

    /// The change that was being made, if one was.
    pub fn pending(&self) -> Option<(Change, usize, usize)> {
        self.change.map(|change| (change, self.at, self.n))
    }
}
