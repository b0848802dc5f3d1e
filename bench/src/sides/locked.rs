//! A lock round a side that has none.

use crate::side::Side;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A side that threads share, one call at a time.
pub struct Locked<S>(Arc<Mutex<S>>);

impl<S> Locked<S> {
    pub fn new(side: S) -> Self {
        Self(Arc::new(Mutex::new(side)))
    }

    fn lock(&self) -> MutexGuard<'_, S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Clone for Locked<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Side> Side for Locked<S> {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        self.lock().alloc(n, align)
    }

    fn fill(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        self.lock().fill(n, align)
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, align: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.lock().free(p, n, align) };
    }
}
