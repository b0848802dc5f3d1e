//! What the tests of misuse, faults and overwritten memory share: a layer on
//! memory of the test's own, a model of it in pages, which knows nothing of
//! lists, and every state that a small arena can be in.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test is a crate of its own and uses a part of this"
)]

pub mod alone;
pub mod call;
pub mod failing;
pub mod heap;
pub mod memory;
pub mod model;
pub mod random;
pub mod script;
pub mod snapshot;
pub mod states;
pub mod trap;

pub use heap::Heap;
pub use memory::Memory;
pub use model::{Model, Page};
pub use states::State;

use std::io::Write;

/// Whether the long amounts are asked for: `GOSBRK_TEST_LONG=1`.
pub fn long() -> bool {
    std::env::var_os("GOSBRK_TEST_LONG").is_some_and(|value| value == "1")
}

/// What a line that tells an amount begins with.
const AMOUNT: &str = "reached: ";

/// Tells an amount that was reached, a number and a noun first, by which
/// `make fuzz` adds up: to whoever runs the long amounts, or runs the tests with
/// `--nocapture`.
pub fn amount(line: &str) {
    if long() && !alone::is_alone() {
        // Not eprintln!, which the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "{AMOUNT}{line}");
    } else {
        println!("{AMOUNT}{line}");
    }
}

/// Runs `body` for each part of `0..n` on a thread of its own, one a processor,
/// and gives the sum of what they count. A failure in one fails the test.
pub fn in_parts(n: usize, body: impl Fn(std::ops::Range<usize>) -> u64 + Sync) -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(n);
    let part = |i: usize| n * i / threads..n * (i + 1) / threads;
    std::thread::scope(|scope| {
        let body = &body;
        let running: Vec<_> = (0..threads).map(|i| scope.spawn(move || body(part(i)))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}
