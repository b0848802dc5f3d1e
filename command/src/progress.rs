//! Says that something takes a while: nothing for a second, then a line. On a terminal
//! the line counts, and goes away at the end.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// What is done at once enough that nobody wonders.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line on a terminal changes.
const STEP: Duration = Duration::from_millis(100);

/// A piece of work that may take a while.
pub struct Progress {
    what: String,
    next: Instant,
    terminal: bool,
    said: bool,
    silent: bool,
}

impl Progress {
    /// The work begins now. `what` is said of it, such as `making a Go root`.
    pub fn new(what: impl Into<String>) -> Self {
        let terminal = stderr().is_terminal();
        let next = Instant::now() + PATIENCE;
        Self { what: what.into(), next, terminal, said: false, silent: false }
    }

    /// The same, of which nothing is said where standard error is no terminal.
    pub fn on_terminal(what: impl Into<String>) -> Self {
        let mut new = Self::new(what);
        new.silent = !new.terminal;
        new
    }

    /// So many of all steps are done.
    pub fn at(&mut self, done: usize, all: usize) {
        let now = Instant::now();
        if now >= self.next && !self.silent {
            // Without a standard error nobody misses it.
            let _ = stderr().write_all(self.said_at(now, done, all).as_bytes());
        }
    }

    /// Some of it is done; how much is not known.
    pub fn at_work(&mut self) {
        if !self.said && !self.silent && Instant::now() >= self.next {
            let end = if self.terminal { "" } else { "\n" };
            let _ = write!(stderr(), "gosbrk: {}{end}", self.what);
            self.said = true;
        }
    }

    /// What is to be written at a time when something is due.
    fn said_at(&mut self, now: Instant, done: usize, all: usize) -> String {
        let first = !self.said;
        self.said = true;
        self.next = now + STEP;
        let what = &self.what;
        match (self.terminal, first) {
            (true, _) => format!("\rgosbrk: {what}: {} % ", 100 * done / all.max(1)),
            (false, true) => format!("gosbrk: {what}\n"),
            (false, false) => String::new(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.said && self.terminal {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PATIENCE, Progress};
    use std::time::{Duration, Instant};

    #[test]
    fn a_terminal_counts_and_a_file_gets_one_line() {
        let start = Instant::now();
        let mut progress = Progress::new("a b");
        (progress.next, progress.terminal) = (start + PATIENCE, true);
        let later = start + PATIENCE;
        assert_eq!(progress.said_at(later, 1, 4), "\rgosbrk: a b: 25 % ");
        assert_eq!(progress.said_at(later, 0, 0), "\rgosbrk: a b: 0 % ");
        assert!(progress.next > later);
        // Or its end would clear a line.
        progress.said = false;
        progress = Progress::new("a b");
        progress.terminal = false;
        assert_eq!(progress.said_at(later, 1, 4), "gosbrk: a b\n");
        assert_eq!(progress.said_at(later + Duration::from_secs(9), 2, 4), "");
    }
}
