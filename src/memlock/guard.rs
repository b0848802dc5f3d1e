//! The value of the lock, for whoever has it.

use super::Memlock;
use super::word::{Thread, Word};
use crate::os::linux::order::in_order;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::Ordering;

/// The value, for as long as this lives.
#[derive(Debug)]
pub struct Guard<'a, T> {
    pub(super) lock: &'a Memlock<T>,
    pub(super) word: &'a Word,
    /// It stays with the thread that has the lock.
    pub(super) thread: PhantomData<*mut ()>,
}

impl<T> Guard<'_, T> {
    /// The thread that has the lock.
    pub(crate) fn thread(&self) -> Thread {
        Thread(self.lock.inside.load(Ordering::Relaxed))
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: there is one guard at a time.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: there is one guard at a time, and it is borrowed mutably.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // For a child of fork the note goes after all that was done inside.
        in_order();
        self.lock.inside.store(0, Ordering::Relaxed);
        self.word.unlock();
    }
}
