//! What the word of the lock is made of. The model checkers of `tests/loom` put
//! their own in this place, in which they decide who runs when.

pub use crate::os::linux::{futex_wait, futex_wake, sleep};
pub use core::hint::spin_loop;
pub use core::sync::atomic::{AtomicU64, Ordering};

/// For how long a caller spins before its first look at the word, in pauses of the
/// processor: some ten calls. A look takes the word from the processor that has it, and
/// with the lock goes all that a call needs, each line of which takes as long to travel
/// as a call does. So the holder had better make a good many calls at full speed before
/// the others have their turn.
pub const FIRST_SPIN: u32 = 16;

/// The longest it spins between two looks, while one call goes on for long.
pub const LONGEST_SPIN: u32 = 512;

/// How often it looks at the word to tell whether one does.
pub const PROBES: u32 = 12;

/// For how long it sleeps by the clock between its looks, in nanoseconds, before it
/// asks to be woken. Whoever sleeps so costs those who go on calling nothing: they
/// have no wake-up to make, which takes as long as thirty calls, and a processor
/// whose neighbour rests is the faster for it.
pub const SLEEPS: [u32; 8] =
    [50_000, 100_000, 200_000, 400_000, 800_000, 800_000, 800_000, 800_000];
