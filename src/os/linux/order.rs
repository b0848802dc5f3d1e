//! The order of stores, which a child of fork relies on: what it sees of its parent's
//! memory is what a thread that it does not have had stored up to some point, and nothing
//! that was stored later.
//!
//! A processor may make stores visible in another order than they were made in: arm64
//! does, x86-64 does not. So [`in_order`] stands between two stores, or groups of them,
//! whose order matters, and within a group a child may see any of them. What a child makes
//! of every such state is tested (`runtime::tests::order`).
//!
//! Two things keep the order besides. A system call that changes mappings takes the lock
//! of the address space, as fork does for all the time in which it copies: so what was
//! stored before the call is seen by a child that finds the call done, and nothing that is
//! stored after it is seen by one that does not. And once fork has closed a page to
//! writing, in every processor, a store to it waits for the end of fork; the barrier keeps
//! later stores behind it.

use super::arch::store_barrier;

/// What is stored before this, a child of fork sees if it sees anything of what is stored
/// after.
#[inline]
pub fn in_order() {
    store_barrier();
    #[cfg(test)]
    {
        watch::look();
        // What comes after is not moved over the look.
        store_barrier();
    }
}

/// For tests: has somebody look at the memory whenever stores are kept in order.
#[cfg(test)]
pub mod watch {
    use std::cell::RefCell;

    thread_local! {
        static LOOK: RefCell<Option<Box<dyn FnMut()>>> = const { RefCell::new(None) };
    }

    /// Runs something on this thread, with looks.
    pub fn with<R>(look: impl FnMut() + 'static, run: impl FnOnce() -> R) -> R {
        LOOK.set(Some(Box::new(look)));
        let result = run();
        LOOK.set(None);
        result
    }

    /// A point where stores are kept in order.
    #[inline(never)]
    pub fn look() {
        LOOK.with_borrow_mut(|look| {
            if let Some(look) = look {
                look();
            }
        });
    }
}
