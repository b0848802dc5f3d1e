//! Random orders of more threads and more calls than can be gone through: no two
//! are inside at once, and none sleeps for ever. Sequentially consistent; what the
//! processor may reorder is for `complete.rs`.

#[path = "../../../src/memlock/word.rs"]
mod word;

#[path = "common/sync.rs"]
mod sync;

/// Looks while a call takes long, and sleeps, before a thread asks to be woken.
const LONGEST_SPIN: u32 = 4;
const PROBES: u32 = 2;
const SLEEPS: [u32; 2] = [1; 2];

use shuttle as checker;
use shuttle::sync::Arc;
use shuttle::thread;
use word::{Reentrant, Thread, Word};

const THREADS: u64 = 4;
const CALLS: usize = 8;

/// What the lock is for: who is inside, and how many have been.
#[derive(Default)]
struct Locked {
    word: Word,
    inside: shuttle::sync::atomic::AtomicU64,
    count: shuttle::sync::atomic::AtomicUsize,
}

impl Locked {
    fn call(&self, me: Thread) {
        use shuttle::sync::atomic::Ordering::Relaxed;
        self.word.lock(me).unwrap();
        assert_eq!(self.inside.swap(me.0, Relaxed), 0, "two threads are inside");
        assert_eq!(self.word.lock(me), Err(Reentrant));
        let count = self.count.load(Relaxed);
        self.count.store(count + 1, Relaxed);
        assert_eq!(self.inside.swap(0, Relaxed), me.0, "two threads are inside");
        self.word.unlock();
    }
}

fn threads_call() {
    let locked = Arc::new(Locked::default());
    let threads: Vec<_> = (1..=THREADS)
        .map(|i| {
            let locked = Arc::clone(&locked);
            // Some of them look alike in the 32 bits that the kernel compares.
            let me = if i == 1 { Thread::numbered(7) } else { Thread(i << 40 | 7) };
            thread::spawn(move || (0..CALLS).for_each(|_| locked.call(me)))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let count = locked.count.load(shuttle::sync::atomic::Ordering::Relaxed);
    assert_eq!(count, THREADS as usize * CALLS);
}

/// The long amount with `GOSBRK_TEST_LONG=1`.
fn orders() -> usize {
    let long = std::env::var_os("GOSBRK_TEST_LONG").is_some_and(|value| value == "1");
    let orders = if long { 200_000 } else { 2_000 };
    println!("reached: {orders} random orders of {THREADS} threads with {CALLS} calls each");
    orders
}

#[test]
fn any_thread_may_be_next() {
    shuttle::check_random(threads_call, orders());
}

/// Orders with few interruptions, which find what needs them at certain places.
#[test]
fn few_interruptions_at_any_place() {
    shuttle::check_pct(threads_call, orders(), 4);
}
