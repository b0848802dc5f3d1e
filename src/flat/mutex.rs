//! The state's place in the runtime's variable, and Go's `memlock` over it.
//!
//! Not the lock of the process-wide instance, which outlives a fork and takes a
//! page of its own for that: a child of Go's forks calls nothing before it
//! becomes another program. One of a fork that the runtime does not know of may end as the
//! runtime ends a program, though: what is called then asks [`Mutex::is_left_taken`] first.

use crate::error::Error;
use crate::memlock::word::{Thread, Word};
use crate::os::linux::{process_id, thread_id};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

/// A value that one thread at a time can use.
pub struct Mutex<T> {
    word: Word,
    /// The process that records; 0: none does.
    process: AtomicUsize,
    value: UnsafeCell<T>,
}

impl<T> Mutex<T> {
    /// A free lock over a value.
    pub const fn new(value: T) -> Self {
        Self { word: Word::new(), process: AtomicUsize::new(0), value: UnsafeCell::new(value) }
    }

    /// Notes that this process records.
    pub fn keep_process(&self) {
        self.process.store(process_id(), Ordering::Relaxed);
    }

    /// Whether this is a child of fork in which the lock is taken: by a thread that did not
    /// come along, so that nobody will ever open it.
    pub fn is_left_taken(&self) -> bool {
        !self.word.is_free() && self.process.load(Ordering::Relaxed) != process_id()
    }

    /// Waits until the value is free, and has it used by the thread that goes by this
    /// address; 0: by its number in the kernel.
    ///
    /// # Errors
    /// [`Error::Reentrant`]: this thread is using it. And what `use_it` gives.
    pub fn with<R>(
        &self,
        thread: usize,
        use_it: impl FnOnce(&mut T) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.word.lock(match thread {
            0 => Thread::numbered(thread_id()),
            address => Thread(address as u64),
        })?;
        // SAFETY: whoever has the lock is the only one here.
        let result = use_it(unsafe { &mut *self.value.get() });
        self.word.unlock();
        result
    }
}
