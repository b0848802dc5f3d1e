//! What the word of the lock is made of. The model checkers of `tests/loom` put
//! their own in this place, in which they decide who runs when.

pub use crate::os::linux::{futex_wait, futex_wake};
pub use core::hint::spin_loop;
pub use core::sync::atomic::{AtomicU64, Ordering};

/// How often a caller looks again before it sleeps.
pub const LOOKS: u32 = 20;

/// For how long it looks away before the first look, and at most between two, in
/// pauses of the processor: ten calls, then some hundred. A look takes the word from
/// the processor that has it, and with the lock goes all that a call needs, each
/// line of which takes as long to travel as a call does. So the holder had better
/// make a good many calls at full speed before the others have their turn.
pub const PAUSES: (u32, u32) = (16, 512);
