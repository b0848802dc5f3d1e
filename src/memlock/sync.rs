//! What the word of the lock is made of. The model checker of `tests/loom` puts
//! its own in this place, in which it decides who runs when.

pub use crate::os::linux::{futex_wait, futex_wake};
pub use core::hint::spin_loop;
pub use core::sync::atomic::{AtomicU64, Ordering};
