//! The word of the lock: who holds it, and whether anybody sleeps for it.
//!
//! A futex in the manner of Go's own `lock_futex.go` and of Drepper's "Futexes
//! Are Tricky", but that it names its holder. So whoever finds it taken sees
//! whether it is itself the holder, and no instant passes between taking the
//! lock and being known to have it: a signal handler may come at any.

use super::sync::{
    AtomicU64, FIRST_SPIN, LONGEST_SPIN, Ordering, PROBES, SLEEPS, futex_wait, futex_wake, sleep,
    spin_loop,
};

const FREE: u64 = 0;
/// Set beside the holder when somebody may be asleep.
const SLEEPERS: u64 = 1;

/// One thread among those that live in this process: a number that no other one
/// has at the time, not 0 and below 2^63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread(pub u64);

impl Thread {
    /// The thread that the kernel knows by this number, where some threads go by
    /// an address: no address has this bit.
    pub const fn numbered(n: u32) -> Self {
        Self(1 << 62 | n as u64)
    }

    /// The kernel's number of the thread; 0 where it goes by an address.
    #[allow(dead_code, reason = "the tests with loom have this file without its callers")]
    #[expect(clippy::cast_possible_truncation, reason = "the low half is the number")]
    pub const fn number(self) -> u32 {
        if self.0 >> 62 == 0 { 0 } else { self.0 as u32 }
    }
}

/// The lock was asked for by the thread that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reentrant;

/// The word. All zero is free.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct Word(AtomicU64);

impl Word {
    /// A free lock.
    #[cfg(feature = "flat")]
    pub const fn new() -> Self {
        Self(AtomicU64::new(FREE))
    }

    /// Whether nobody has it just now.
    #[cfg(feature = "flat")]
    pub fn is_free(&self) -> bool {
        self.0.load(Ordering::Relaxed) == FREE
    }

    /// Waits until the lock is free and takes it for `me`.
    ///
    /// # Errors
    /// [`Reentrant`]: `me` holds it.
    pub fn lock(&self, me: Thread) -> Result<(), Reentrant> {
        let mine = me.0 << 1;
        match self.0.compare_exchange(FREE, mine, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(seen) => self.wait(mine, seen),
        }
    }

    /// Opens it again, and wakes one of those who sleep.
    pub fn unlock(&self) {
        if self.0.swap(FREE, Ordering::Release) & SLEEPERS != 0 {
            futex_wake(&self.0);
        }
    }

    #[cold]
    fn wait(&self, mine: u64, seen: u64) -> Result<(), Reentrant> {
        if seen & !SLEEPERS == mine {
            return Err(Reentrant);
        }
        let mut pauses = FIRST_SPIN;
        for nanoseconds in SLEEPS {
            while pauses <= LONGEST_SPIN && (pauses <= 2 * FIRST_SPIN || self.is_held_for_long()) {
                for _ in 0..pauses {
                    spin_loop();
                }
                if self.try_lock(mine) {
                    return Ok(());
                }
                pauses *= 2;
            }
            sleep(nanoseconds);
            if self.try_lock(mine) {
                return Ok(());
            }
            pauses = 4 * FIRST_SPIN;
        }
        // From here on it is taken as if somebody slept: this caller cannot tell
        // whether others do. It wakes one too many at times, never one too few.
        loop {
            let seen = self.0.load(Ordering::Relaxed);
            if seen == FREE {
                if self.replace(FREE, mine | SLEEPERS) {
                    return Ok(());
                }
            } else if seen & SLEEPERS != 0 || self.replace(seen, seen | SLEEPERS) {
                futex_wait(&self.0, seen | SLEEPERS);
            }
        }
    }

    /// Whether it is one call that holds it for long: one that clears a lot, or that
    /// the kernel serves. Between calls that come and go it would be seen free, and is
    /// not taken then: what they need had better stay where it is.
    fn is_held_for_long(&self) -> bool {
        (0..PROBES).all(|_| {
            spin_loop();
            self.0.load(Ordering::Relaxed) != FREE
        })
    }

    fn try_lock(&self, mine: u64) -> bool {
        self.0.load(Ordering::Relaxed) == FREE && self.replace(FREE, mine)
    }

    fn replace(&self, from: u64, to: u64) -> bool {
        self.0.compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
}
