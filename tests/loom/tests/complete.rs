//! Every order in which the steps of two or three threads can come: no two are
//! inside at once, none sleeps for ever, and one that is inside is told so.

#[path = "../../../src/memlock/word.rs"]
mod word;

#[path = "common/sync.rs"]
mod sync;

/// One look, a sleep, and another look, before a thread asks to be woken. Probes, which
/// change nothing, are for `random.rs`.
const LONGEST_SPIN: u32 = 1;
const PROBES: u32 = 1;
const SLEEPS: [u32; 1] = [1];

use loom as checker;
use loom::cell::UnsafeCell;
use loom::model::Builder;
use loom::sync::Arc;
use loom::thread;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use word::{Reentrant, Thread, Word};

/// What the lock is for.
#[derive(Default)]
struct Locked {
    word: Word,
    count: UnsafeCell<u32>,
}

// SAFETY: the checker sees to it that the lock keeps its users apart.
unsafe impl Sync for Locked {}

impl Locked {
    /// A call: the checker fails if another one is inside at the time.
    fn call(&self, me: Thread) {
        self.word.lock(me).unwrap();
        // SAFETY: see above.
        self.count.with_mut(|count| unsafe { *count += 1 });
        self.word.unlock();
    }

    /// A call in the middle of which a signal handler calls.
    fn call_and_call_back(&self, me: Thread) {
        self.word.lock(me).unwrap();
        assert_eq!(self.word.lock(me), Err(Reentrant));
        // SAFETY: see above.
        self.count.with_mut(|count| unsafe { *count += 1 });
        assert_eq!(self.word.lock(me), Err(Reentrant));
        self.word.unlock();
    }
}

/// Threads whose names look alike in the 32 bits that the kernel compares.
fn name(i: u64) -> Thread {
    Thread(i << 40 | 0x1000)
}

/// What one thread does.
type Calls = &'static [fn(&Locked, Thread)];

/// Has these threads call, in every order there is, or in every one in which no
/// more than so many threads are interrupted.
fn every_order(what: &'static [Calls], interruptions: Option<usize>) {
    let orders = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = orders.clone();
    let mut model = Builder::new();
    model.preemption_bound = interruptions;
    model.check(move || {
        counter.fetch_add(1, Relaxed);
        let locked = Arc::new(Locked::default());
        let run = |i: usize| {
            let locked = Arc::clone(&locked);
            move || what[i].iter().for_each(|call| call(&locked, name(i as u64 + 1)))
        };
        let others: Vec<_> = (1..what.len()).map(|i| thread::spawn(run(i))).collect();
        run(0)();
        others.into_iter().for_each(|other| other.join().unwrap());
        let calls: usize = what.iter().map(|calls| calls.len()).sum();
        locked.word.lock(Thread::numbered(1)).unwrap();
        // SAFETY: all threads are done.
        assert_eq!(locked.count.with(|count| unsafe { *count }) as usize, calls);
    });
    println!("reached: {} orders of {} threads", orders.load(Relaxed), what.len());
}

#[test]
fn two_threads_make_two_and_three_calls() {
    every_order(
        &[&[Locked::call, Locked::call], &[Locked::call, Locked::call, Locked::call]],
        None,
    );
}

#[test]
fn three_threads_make_one_call_each() {
    every_order(&[&[Locked::call], &[Locked::call], &[Locked::call]], Some(3));
}

#[test]
fn a_thread_that_is_inside_is_refused_in_any_order() {
    every_order(
        &[&[Locked::call_and_call_back], &[Locked::call, Locked::call_and_call_back]],
        None,
    );
}
