//! What the word of the lock is made of. The model checkers of `tests/loom` put
//! their own in this place, in which they decide who runs when.

pub use crate::os::linux::{futex_wait, futex_wake};
pub use core::hint::spin_loop;
pub use core::sync::atomic::{AtomicU64, Ordering};

/// How often a caller looks again before it sleeps, and for how long it looks
/// away at most between two looks, in pauses of the processor. Looking away lets
/// the holder make several calls at full speed: the words that a call needs
/// travel between two processors at about the cost of the call.
pub const LOOKS: u32 = 40;
/// As above.
pub const LONGEST_PAUSE: u32 = 64;
