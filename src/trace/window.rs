//! The part of the file that is mapped, where a signal handler finds it.
//!
//! If somebody cuts the file short, a store into the window is a SIGBUS. The handler of a
//! Go runtime then puts fresh memory there, and the store goes on. A C library has no
//! handler, so a C program ends.

use crate::journal::in_order;
use core::sync::atomic::{AtomicUsize, Ordering};

/// `gosbrkWindow` of `go/runtime`. All zero: nothing is mapped. The handler runs in the
/// thread that stores, so the order of its loads and stores is that of the program.
#[repr(C)]
#[derive(Debug)]
pub struct Window {
    at: AtomicUsize,
    /// Bytes; 0: nothing is mapped.
    size: AtomicUsize,
    /// 1: the handler has put memory in its place, which is no longer the file.
    lost: AtomicUsize,
}

impl Window {
    /// Where it begins; 0: nothing is mapped.
    pub fn at(&self) -> usize {
        self.at.load(Ordering::Relaxed)
    }

    pub fn is_mapped(&self) -> bool {
        self.at() != 0
    }

    /// Notes what was mapped, before anybody stores into it.
    pub fn set(&self, at: usize, size: usize) {
        self.at.store(at, Ordering::Relaxed);
        self.size.store(size, Ordering::Relaxed);
        in_order();
    }

    /// Notes that nobody stores into it any more, and gives where it was and its bytes. To be
    /// called before it is unmapped: a child of fork finds it noted as long as it is mapped,
    /// and not longer.
    pub fn take(&self) -> (usize, usize) {
        let was = (self.at(), self.size.load(Ordering::Relaxed));
        self.size.store(0, Ordering::Relaxed);
        self.at.store(0, Ordering::Relaxed);
        in_order();
        was
    }

    /// Whether what was stored last is not in the file.
    pub fn is_lost(&self) -> bool {
        in_order();
        self.lost.load(Ordering::Relaxed) != 0
    }

    /// Begins anew, with another file.
    pub fn renew(&self) {
        self.lost.store(0, Ordering::Relaxed);
    }
}
