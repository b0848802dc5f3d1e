//! Threads that meet at the lock.

use super::{Memlock, Recover};
use crate::error::Error;

impl Recover for u64 {
    fn recover(&mut self) {
        unreachable!("nobody forks here");
    }
}

#[test]
fn no_increment_is_lost() {
    static COUNT: Memlock<u64> = Memlock::new(0);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                for _ in 0..2_000 {
                    let mut count = COUNT.lock().unwrap();
                    let was = *count;
                    // The others come while this one is inside.
                    std::thread::yield_now();
                    *count = was + 1;
                }
            });
        }
    });
    assert_eq!(*COUNT.lock().unwrap(), 16_000);
}

#[test]
fn a_thread_that_is_inside_is_refused_and_another_one_waits() {
    static LOCK: Memlock<u64> = Memlock::new(0);
    for by_number in [false, true] {
        let mut inside = LOCK.lock().unwrap();
        assert_eq!(LOCK.lock().unwrap_err(), Error::Reentrant);
        let other = std::thread::spawn(|| *LOCK.lock().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(20));
        *inside += 1;
        drop(inside);
        assert_eq!(other.join().unwrap(), 1 + u64::from(by_number));
        LOCK.has_thread_pointer.store(false, super::Ordering::Relaxed);
    }
}
