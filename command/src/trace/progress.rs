//! How far long work is, on a terminal: one line, which is gone when the work is done.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Work that takes less says nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two tellings.
const PAUSE: Duration = Duration::from_millis(200);

/// A line about work that is being done.
pub struct Progress {
    what: String,
    all: u64,
    next: Option<Instant>,
    is_shown: bool,
}

impl Progress {
    /// Work on so many calls.
    pub fn new(what: String, all: u64) -> Self {
        let next = io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Self { what, all, next, is_shown: false }
    }

    /// So many are done.
    pub fn tell(&mut self, done: u64) {
        let Some(next) = self.next else { return };
        let now = Instant::now();
        if now < next {
            return;
        }
        self.next = Some(now + PAUSE);
        self.is_shown = true;
        let percent = u128::from(done) * 100 / u128::from(self.all.max(1));
        let _ = write!(io::stderr(), "\r\x1b[K{}: {percent} %", self.what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
