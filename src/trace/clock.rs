//! The time in a trace: ticks of the processor, or nanoseconds of the kernel's clock.

use crate::os::linux::clock::{has_ticks, monotonic, ticks};

/// After so many nanoseconds comes the second clock slot; then after twice as many, and so
/// on, up to the last figure.
const FIRST: u64 = 1_000_000;
const LONGEST: u64 = 1_000_000_000;

/// A clock. All zero: the kernel's.
#[derive(Debug)]
pub struct Clock {
    by_processor: bool,
    /// What the time counts from.
    zero: u64,
    /// The time that was told last.
    last: u64,
    /// When the next clock slot is due, in the clock's own unit, and how far apart they are.
    due: u64,
    gap: u64,
    /// The kernel's time at the beginning.
    began: u64,
    /// Ticks in 1,024 nanoseconds since then, about.
    rate: u64,
}

/// Ticks and the kernel's nanoseconds, taken together.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub ticks: u64,
    pub nanoseconds: u64,
}

impl Clock {
    /// Begins; gives the pair of the beginning, in ticks as they are.
    pub fn start(&mut self) -> Pair {
        self.by_processor = has_ticks();
        let pair = self.pair();
        self.zero = pair.ticks;
        (self.last, self.due, self.gap) = (0, 0, FIRST);
        (self.began, self.rate) = (pair.nanoseconds, 1024);
        pair
    }

    /// Whether it counts the processor's ticks.
    pub const fn is_by_processor(&self) -> bool {
        self.by_processor
    }

    /// The time since the beginning; it never goes back.
    pub fn now(&mut self) -> u64 {
        let now = if self.by_processor { ticks() } else { monotonic() };
        self.last = self.last.max(now.wrapping_sub(self.zero));
        self.last
    }

    /// The time since the beginning, to be compared with another such.
    pub fn peek(&self) -> u64 {
        if self.by_processor { ticks() } else { monotonic() }
    }

    /// Whether it is time for a clock slot; the pair for it, in ticks since the beginning.
    pub fn due(&mut self, now: u64) -> Option<Pair> {
        if now < self.due {
            return None;
        }
        Some(self.tell())
    }

    /// So many nanoseconds in ticks, about.
    pub const fn span(&self, nanoseconds: u64) -> u64 {
        nanoseconds / 1024 * self.rate
    }

    /// The pair of a clock slot, in ticks since the beginning.
    #[cold]
    pub fn tell(&mut self) -> Pair {
        let Pair { ticks, nanoseconds } = self.pair();
        let ticks = ticks.wrapping_sub(self.zero).max(self.last);
        if let Some(rate) = (ticks << 10).checked_div(nanoseconds.saturating_sub(self.began)) {
            self.rate = rate;
        }
        (self.last, self.due) = (ticks, ticks + self.span(self.gap));
        self.gap = (self.gap * 2).min(LONGEST);
        Pair { ticks, nanoseconds }
    }

    fn pair(&self) -> Pair {
        if !self.by_processor {
            let nanoseconds = monotonic();
            return Pair { ticks: nanoseconds, nanoseconds };
        }
        let before = ticks();
        let nanoseconds = monotonic();
        Pair { ticks: before + ticks().wrapping_sub(before) / 2, nanoseconds }
    }
}
