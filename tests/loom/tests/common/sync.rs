//! What the word is made of, so that the checker (`crate::checker`) sees through it
//! and may come between any two steps.

pub use crate::checker::hint::spin_loop;
pub use crate::checker::sync::atomic::{AtomicU64, Ordering};
use crate::checker::sync::{Condvar, Mutex};
pub(crate) use crate::{LONGEST_SPIN, PROBES, SLEEPS};

pub const FIRST_SPIN: u32 = 1;

crate::checker::lazy_static! {
    /// The kernel's queue of sleepers, under the kernel's lock.
    static ref QUEUE: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
}

/// As the kernel: it looks at 32 bits, and whether it sleeps is decided before
/// anybody can wake.
pub fn futex_wait(word: &AtomicU64, expected: u64) {
    let queue = QUEUE.0.lock().unwrap();
    if word.load(Ordering::Relaxed) << 32 == expected << 32 {
        drop(QUEUE.1.wait(queue).unwrap());
    }
}

/// Whoever sleeps by the clock does so until it is run again.
pub fn sleep(_: u32) {
    crate::checker::thread::yield_now();
}

pub fn futex_wake(_: &AtomicU64) {
    let _queue = QUEUE.0.lock().unwrap();
    QUEUE.1.notify_one();
}
