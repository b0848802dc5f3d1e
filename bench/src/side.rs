//! What a side has to be able to do, and how it says that it cannot.

use crate::plan::{Plan, Step};
use std::process::exit;
use std::ptr::NonNull;

/// Ends the run: what it found is void. It does not come back, so that what is timed
/// has no errors to hand on: with them, a pair takes a sixth more instructions.
pub fn fail(why: &str) -> ! {
    eprintln!("{why}");
    exit(1)
}

/// Hands out page-aligned memory and takes it back.
pub trait Side {
    /// `n` zeroed bytes, aligned to `align`, a page or more. `None`: refused.
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>>;

    /// The same, but nobody minds what is in them: for memory that is only there
    /// to be in the way.
    fn fill(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        self.alloc(n, align)
    }

    /// Takes memory back.
    ///
    /// # Safety
    /// `alloc` or `fill` gave it for just this size and alignment, and nobody uses it.
    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, align: usize);

    /// Gives back what it keeps of memory that was freed, which is all there was:
    /// what comes next begins with nothing, as in a new process.
    fn empty(&mut self) {}
}

/// A side that is Go's layer, and can do all that Go's runtime asks of it.
pub trait Layer {
    /// Starts afresh, with the profile, start and initial size of the plan.
    ///
    /// # Safety
    /// Nobody uses memory of the segment there was.
    unsafe fn init(&mut self, plan: &Plan);

    /// Where offset 0 is.
    fn base(&self) -> usize;

    /// Makes the call that a step asks for; gives the offset it returned, or
    /// [`crate::plan::NIL`].
    ///
    /// # Safety
    /// The caller owns what the step gives back.
    unsafe fn call(&mut self, base: usize, step: &Step) -> usize;
}
