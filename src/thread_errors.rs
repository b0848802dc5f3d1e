//! The last error of each thread, without thread-local storage.
//!
//! A small table of (thread, code) that is written when a call fails and
//! emptied when it is asked; a thread that never fails never touches it, and
//! asking costs one load while the table is empty. With more than [`SLOTS`]
//! threads holding an error that they have not asked for, the newest replaces
//! one of them.

use crate::error::Error;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

const SLOTS: usize = 64;
const EMPTY: u64 = 0;

/// The table. Threads are named by their kernel's number, which is not 0.
pub struct ThreadErrors {
    used: AtomicUsize,
    slots: [AtomicU64; SLOTS],
}

/// Thread in the high half, code in the low one: never 0, as no code is.
fn entry(thread: u32, error: Error) -> u64 {
    u64::from(thread) << 32 | u64::from(error.code().unsigned_abs())
}

fn is_of(thread: u32, entry: u64) -> bool {
    entry != EMPTY && entry >> 32 == u64::from(thread)
}

impl ThreadErrors {
    /// No thread has an error.
    pub const fn new() -> Self {
        Self { used: AtomicUsize::new(0), slots: [const { AtomicU64::new(EMPTY) }; SLOTS] }
    }

    /// Where a thread's slot is looked for first, and then round from there.
    fn slots(&self, thread: u32) -> impl Iterator<Item = &AtomicU64> {
        let first = thread as usize % SLOTS;
        self.slots.iter().skip(first).chain(self.slots.iter().take(first))
    }

    /// Notes that a call of this thread failed.
    pub fn set(&self, thread: u32, error: Error) {
        // Counted first: who finds none counted does not look.
        self.used.fetch_add(1, Ordering::Relaxed);
        if !self.put(thread, entry(thread, error)) {
            self.used.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Puts an entry into its thread's slot, or an empty one, or the first; whether
    /// that was empty. A slot may be taken between two looks at it, by a signal
    /// handler or by its thread.
    fn put(&self, thread: u32, new: u64) -> bool {
        let own = self.slots(thread).find(|slot| is_of(thread, slot.load(Ordering::Relaxed)));
        if let Some(own) = own {
            return own.swap(new, Ordering::Relaxed) == EMPTY;
        }
        for slot in self.slots(thread) {
            if slot.compare_exchange(EMPTY, new, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return true;
            }
        }
        let first = self.slots(thread).next();
        first.is_some_and(|first| first.swap(new, Ordering::Relaxed) == EMPTY)
    }

    /// Whether no thread has an error: asked first, it saves asking who one is.
    pub fn is_empty(&self) -> bool {
        self.used.load(Ordering::Relaxed) == 0
    }

    /// The code of this thread's last error since it asked last; 0: none.
    pub fn take(&self, thread: u32) -> i32 {
        for slot in self.slots(thread) {
            let seen = slot.load(Ordering::Relaxed);
            let emptied = is_of(thread, seen)
                && slot.compare_exchange(seen, EMPTY, Ordering::Relaxed, Ordering::Relaxed).is_ok();
            if emptied {
                self.used.fetch_sub(1, Ordering::Relaxed);
                // The low half is a code, which came from an i32.
                #[expect(clippy::cast_possible_truncation)]
                return seen as i32;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::{SLOTS, ThreadErrors};
    use crate::error::Error;

    #[test]
    fn each_thread_has_its_own_and_asking_clears_it() {
        let errors = ThreadErrors::new();
        errors.set(7, Error::Config);
        errors.set(7 + 64, Error::NoMem);
        errors.set(7, Error::Zero);
        assert_eq!((errors.take(7), errors.take(7)), (Error::Zero.code(), 0));
        assert_eq!(errors.take(7 + 64), Error::NoMem.code());
        assert!(errors.is_empty());
    }

    #[test]
    fn a_full_table_still_tells_the_newest() {
        let errors = ThreadErrors::new();
        for thread in 1..=2 * u32::try_from(SLOTS).unwrap() {
            errors.set(thread, Error::Zero);
        }
        errors.set(1000, Error::Range);
        assert_eq!(errors.take(1000), Error::Range.code());
    }
}
