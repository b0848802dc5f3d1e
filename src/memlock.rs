//! Go's `memlock`: one lock over the whole layer.
//!
//! A futex and three states, as in Go's own `lock_futex.go` and in Drepper's
//! "Futexes Are Tricky": free, held, held with sleepers. It needs no thread-
//! local storage and no libc, and a lock that nobody contends costs two atomic
//! instructions.
//!
//! Lock order: `memlock` is the only lock, and nothing is called under it but
//! this library and the kernel.

use crate::os::linux::{futex_wait, futex_wake};
use core::cell::UnsafeCell;
use core::hint::spin_loop;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, Ordering};

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

/// How often to look again before sleeping: about as long as a short call.
const SPINS: u32 = 100;

/// A value that one thread at a time can use.
#[derive(Debug)]
pub struct Memlock<T> {
    state: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a guard only, and there is one guard at a
// time, whichever thread has it.
unsafe impl<T: Send> Sync for Memlock<T> {}

impl<T> Memlock<T> {
    /// A free lock over a value.
    pub const fn new(value: T) -> Self {
        Self { state: AtomicU32::new(FREE), value: UnsafeCell::new(value) }
    }

    /// Waits until the value is free, and takes it until the guard goes. Not to
    /// be called again by a thread that has the guard: it would wait for itself.
    pub fn lock(&self) -> Guard<'_, T> {
        if self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.wait();
        }
        Guard { lock: self }
    }

    #[cold]
    fn wait(&self) {
        for _ in 0..SPINS {
            if self.state.load(Ordering::Relaxed) == FREE {
                break;
            }
            spin_loop();
        }
        while self.state.swap(CONTENDED, Ordering::Acquire) != FREE {
            futex_wait(&self.state, CONTENDED);
        }
    }
}

/// The value, for as long as this lives.
#[derive(Debug)]
pub struct Guard<'a, T> {
    lock: &'a Memlock<T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: there is one guard at a time.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: there is one guard at a time, and it is borrowed mutably.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if self.lock.state.swap(FREE, Ordering::Release) == CONTENDED {
            futex_wake(&self.lock.state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Memlock;

    #[test]
    fn no_increment_is_lost() {
        static COUNT: Memlock<u64> = Memlock::new(0);
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    for _ in 0..20_000 {
                        *COUNT.lock() += 1;
                    }
                });
            }
        });
        assert_eq!(*COUNT.lock(), 160_000);
    }
}
