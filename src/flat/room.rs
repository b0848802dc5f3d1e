//! The state's place in the runtime's variable, and Go's `memlock` over it.
//!
//! Not the lock of the process-wide instance, which outlives a fork and takes a
//! page of its own for that: a child of Go's forks calls nothing before it
//! becomes another program.

use crate::error::Error;
use crate::memlock::word::{Thread, Word};
use crate::os::linux::{fs_base, thread_id};
use core::cell::UnsafeCell;

/// A value that one thread at a time can use.
pub struct Room<T> {
    word: Word,
    /// Whether threads can be told apart without a system call.
    has_fs_base: bool,
    value: UnsafeCell<T>,
}

impl<T> Room<T> {
    /// A free lock over a value.
    pub const fn new(value: T) -> Self {
        Self { word: Word::new(), has_fs_base: false, value: UnsafeCell::new(value) }
    }

    /// Says whether the kernel lets programs read the register fs.
    pub fn set_up(&mut self, has_fs_base: bool) {
        self.has_fs_base = has_fs_base;
    }

    /// Waits until the value is free, and has it used.
    ///
    /// # Errors
    /// [`Error::Reentrant`]: this thread is using it. And what `use_it` gives.
    pub fn with<R>(&self, use_it: impl FnOnce(&mut T) -> Result<R, Error>) -> Result<R, Error> {
        self.word.lock(self.this_thread())?;
        // SAFETY: whoever has the lock is the only one here.
        let result = use_it(unsafe { &mut *self.value.get() });
        self.word.unlock();
        result
    }

    /// The runtime gives each of its threads, and libc of its own, storage at a
    /// base of its own.
    fn this_thread(&self) -> Thread {
        // SAFETY: the kernel said whether it may be read.
        match unsafe { fs_base(self.has_fs_base) } {
            0 => Thread::numbered(thread_id()),
            base => Thread(base),
        }
    }
}
