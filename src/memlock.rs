//! Go's `memlock`: one lock over the whole layer, which keeps its promise in
//! signal handlers and in children of fork too.
//!
//! A thread that is inside and calls again, which only a signal handler can do,
//! is refused. Threads are told apart by the thread pointer, the address where a
//! thread keeps its thread-local storage: libc and the Go runtime give each thread
//! its own. Where the kernel does not let programs read it, or a thread has none, it
//! goes by the number the kernel knows it by, which costs a system call. Not covered
//! are threads that share a pointer that is not 0, as only a program that makes raw
//! `clone` calls can have: one of them may be refused while another one is inside.
//!
//! In a child of fork lives the thread that called fork, and no other. If one
//! that did not come along was inside, nobody would ever open the lock. So the
//! word of the lock is in a page that the kernel hands to a child zeroed, which
//! is to say free; and who is inside is noted in ordinary memory too. Where a
//! caller finds the lock free and that note not empty, the call in question will
//! never end, and [`Recover`] repairs what it left half-done. The page is made
//! by whoever finds none, before there is a lock to take, so a fork may as well
//! come in the middle of the very first call.
//!
//! One child cannot be told from another: that of a handler that interrupted a
//! call, which is still inside, and that of a child, forked by a thread that
//! libc gave the storage of the one that was inside. The second is refused as the
//! first is, unless its parent made a call before it forked. And a thread that goes
//! by the kernel's number has another one after fork, so that the child of a handler
//! of its is taken for one of those whose call will never end.
//!
//! This rests on the order of stores: what a child sees of its parent's memory is
//! what the vanished thread had done up to some instruction, all of it, and
//! nothing that came later. The module `os::linux::order` says how that is kept.
//!
//! Lock order: `memlock` is the only lock, and nothing is called under it but
//! this library and the kernel.

mod guard;
mod sync;
#[cfg(test)]
mod tests;
pub(crate) mod word;

use crate::addr::pointer;
use crate::error::Error;
use crate::os::linux::arch::thread_pointer;
use crate::os::linux::order::in_order;
use crate::os::linux::{
    can_read_thread_pointer, is_main_thread, map_wiped_on_fork, thread_id, unmap_wiped_on_fork,
};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::forget;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
pub use guard::Guard;
use word::{Reentrant, Thread, Word};

/// What a thread may vanish from in the middle of a change.
pub trait Recover {
    /// Repairs what was left half-done: it is as if that call had been completed,
    /// or never begun.
    fn recover(&mut self);
}

/// A value that one thread at a time can use.
#[derive(Debug)]
pub struct Memlock<T> {
    /// The lock itself, in a page of its own; null: nobody has called yet.
    word: AtomicPtr<Word>,
    /// Whether threads can be told apart without a system call.
    has_thread_pointer: AtomicBool,
    /// The thread that is inside, or was when it vanished; 0: none.
    inside: AtomicU64,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a guard only, and there is one guard at a
// time, whichever thread has it.
unsafe impl<T: Send> Sync for Memlock<T> {}

impl<T: Recover> Memlock<T> {
    /// A free lock over a value.
    pub const fn new(value: T) -> Self {
        Self {
            word: AtomicPtr::new(null_mut()),
            has_thread_pointer: AtomicBool::new(false),
            inside: AtomicU64::new(0),
            value: UnsafeCell::new(value),
        }
    }

    /// Waits until the value is free, and takes it until the guard goes.
    ///
    /// # Errors
    /// [`Error::Reentrant`]: this thread has it. [`Error::NoMem`]: nobody has
    /// called yet, and the lock cannot be made.
    pub fn lock(&self) -> Result<Guard<'_, T>, Error> {
        // SAFETY: what it points to was made by `make_word`, and stays.
        let word = match unsafe { self.word.load(Ordering::Acquire).as_ref() } {
            Some(word) => word,
            None => self.make_word()?,
        };
        let me = self.this_thread();
        word.lock(me)?;
        let guard = Guard { lock: self, word, thread: PhantomData };
        if self.inside.load(Ordering::Relaxed) != 0 {
            return self.inherit(guard, me);
        }
        self.inside.store(me.0, Ordering::Relaxed);
        // For a child of fork the note comes before all that is done inside.
        in_order();
        Ok(guard)
    }

    /// Makes the page of the lock, unless another thread is faster.
    #[cold]
    fn make_word(&self) -> Result<&Word, Error> {
        self.has_thread_pointer.store(can_read_thread_pointer(), Ordering::Relaxed);
        let page = map_wiped_on_fork()?;
        let mine = pointer::<Word>(page);
        let won = Ordering::AcqRel;
        let word = match self.word.compare_exchange(null_mut(), mine, won, Ordering::Acquire) {
            Ok(_) => mine,
            Err(other) => {
                // SAFETY: mapped just now, and nobody has seen it.
                unsafe { unmap_wiped_on_fork(page) };
                other
            }
        };
        // SAFETY: a page of zeros, which are a free lock, and nobody unmaps it.
        Ok(unsafe { &*word })
    }

    fn this_thread(&self) -> Thread {
        let storage = if self.has_thread_pointer.load(Ordering::Relaxed) {
            // SAFETY: the kernel was asked when the lock was made.
            unsafe { thread_pointer() }
        } else {
            0
        };
        if storage == 0 { Thread::numbered(thread_id()) } else { Thread(storage) }
    }

    /// What is done with the lock in a child of fork, when the call that was
    /// going on did not come along. Or did: when a signal handler came in the
    /// middle of it and called fork, the child's first thread is still in it.
    #[cold]
    fn inherit<'a>(&'a self, mut guard: Guard<'a, T>, me: Thread) -> Result<Guard<'a, T>, Error> {
        if self.inside.load(Ordering::Relaxed) == me.0 && is_main_thread() {
            guard.word.unlock();
            forget(guard);
            return Err(Error::Reentrant);
        }
        // Before the recovery: a handler that interrupts it and forks is inside.
        self.inside.store(me.0, Ordering::Relaxed);
        in_order();
        guard.recover();
        Ok(guard)
    }
}

impl From<Reentrant> for Error {
    fn from(Reentrant: Reentrant) -> Self {
        Self::Reentrant
    }
}
