//! From ticks to nanoseconds.

use crate::format::header::{Header, flag};
use crate::format::slot::TIME;

/// What a file says about its ticks: pairs of ticks and nanoseconds, both since the header,
/// in order.
#[derive(Clone, Debug)]
pub struct Clock {
    pairs: Vec<(u64, u64)>,
    /// Ticks a second; 0: unknown.
    rate: u64,
    monotonic: u64,
}

/// Ticks that a slot has the low bits of, put together again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ticks(u64);

impl Ticks {
    /// The ticks of the next slot: a little later, or a little sooner, than the last.
    #[inline]
    pub fn at(&mut self, low: u64) -> u64 {
        let ahead = low.wrapping_sub(self.0) & TIME;
        // Slots of a call stand in the order in which they were written, not of their times.
        if ahead <= TIME / 2 {
            self.0 = self.0.saturating_add(ahead);
            self.0
        } else {
            self.0.saturating_sub(TIME + 1 - ahead)
        }
    }
}

impl Clock {
    /// The clock of a file with this header.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let rate = if header.ticks_per_second == 0 && header.flags & flag::TSC == 0 {
            1_000_000_000
        } else {
            header.ticks_per_second
        };
        Self { pairs: vec![(0, 0)], rate, monotonic: header.monotonic_ns }
    }

    /// Notes a clock slot: ticks since the header, and the monotonic clock.
    pub fn note(&mut self, ticks: u64, monotonic: u64) {
        let ns = monotonic.wrapping_sub(self.monotonic);
        let last = self.pairs.last().copied().unwrap_or_default();
        // What goes backwards is of no use.
        if ticks > last.0 && ns > last.1 && ticks < 1 << 63 && ns < 1 << 63 {
            self.pairs.push((ticks, ns));
        }
    }

    /// Nanoseconds since the header; `None` where the file does not say how long a tick is.
    #[must_use]
    pub fn ns(&self, ticks: u64) -> Option<u64> {
        let at = self.pairs.partition_point(|pair| pair.0 <= ticks).max(1);
        let (from, to) = (self.pairs[at - 1], self.pairs.get(at));
        let rest = ticks - from.0.min(ticks);
        let (ns, ticks) = match to {
            Some(to) => (to.1 - from.1, to.0 - from.0),
            None if self.rate > 0 => (1_000_000_000, self.rate),
            None if at > 1 => {
                let before = self.pairs[at - 2];
                (from.1 - before.1, from.0 - before.0)
            }
            None => return None,
        };
        let more = u128::from(rest) * u128::from(ns) / u128::from(ticks.max(1));
        Some(from.1.saturating_add(u64::try_from(more).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Ticks};
    use crate::format::header::Header;
    use crate::format::slot::TIME;

    fn header(rate: u64) -> Header {
        let (ticks, monotonic_ns) = (1000, 50);
        Header { flags: 1, ticks, monotonic_ns, ticks_per_second: rate, ..Header::default() }
    }

    #[test]
    fn between_two_pairs_time_goes_evenly() {
        let mut clock = Clock::new(&header(0));
        assert_eq!(clock.ns(10), None);
        clock.note(100, 150);
        clock.note(200, 350);
        assert_eq!(
            [50, 100, 150, 200, 300].map(|t| clock.ns(t).unwrap()),
            [50, 100, 200, 300, 500]
        );
    }

    #[test]
    fn behind_the_last_pair_the_rate_counts() {
        let mut clock = Clock::new(&header(2_000_000_000));
        assert_eq!(clock.ns(10), Some(5));
        clock.note(100, 150);
        assert_eq!(clock.ns(110), Some(105));
        // A pair that goes back is left out.
        clock.note(50, 900);
        assert_eq!(clock.ns(110), Some(105));
    }

    #[test]
    fn nanoseconds_need_no_rate() {
        assert_eq!(Clock::new(&Header::default()).ns(77), Some(77));
    }

    #[test]
    fn ticks_go_on_behind_their_48_bits() {
        let mut ticks = Ticks::default();
        assert_eq!(ticks.at(TIME / 2), TIME / 2);
        assert_eq!(ticks.at(TIME / 2 - 7), TIME / 2 - 7);
        assert_eq!(ticks.at(TIME - 1), TIME - 1);
        assert_eq!(ticks.at(5), TIME + 6);
        assert_eq!(ticks.at(TIME), TIME);
    }
}
