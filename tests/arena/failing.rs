//! A system that refuses on demand, around one that does not.

use gosbrk::Error;
use gosbrk::os::{Hint, Os};
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

/// Which calls are refused, and how.
#[derive(Debug)]
pub struct Plan {
    /// Calls so far that can be refused.
    pub calls: Cell<u64>,
    from: Cell<u64>,
    to: Cell<u64>,
    error: Cell<Error>,
}

impl Plan {
    /// Refuses nothing.
    pub fn new() -> Rc<Self> {
        let [calls, from, to] = [0, 0, 0].map(Cell::new);
        Rc::new(Self { calls, from, to, error: Cell::new(Error::NoMem) })
    }

    /// Starts counting anew, and refuses the calls with these numbers.
    pub fn refuse(&self, calls: Range<u64>, error: Error) {
        self.calls.set(0);
        self.from.set(calls.start);
        self.to.set(calls.end);
        self.error.set(error);
    }

    fn ask(&self) -> Result<(), Error> {
        let number = self.calls.replace(self.calls.get() + 1);
        if (self.from.get()..self.to.get()).contains(&number) {
            Err(self.error.get())
        } else {
            Ok(())
        }
    }
}

/// The system.
#[derive(Debug)]
pub struct Failing<O> {
    os: O,
    plan: Rc<Plan>,
}

impl<O: Os> Failing<O> {
    /// Refuses what the plan says.
    pub fn new(os: O, plan: &Rc<Plan>) -> Self {
        Self { os, plan: Rc::clone(plan) }
    }
}

impl<O: Os> Os for Failing<O> {
    fn place(&mut self, at: usize, n: usize, align: usize) -> Result<usize, Error> {
        self.plan.ask()?;
        self.os.place(at, n, align)
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        self.plan.ask()?;
        self.os.map(at, n)
    }

    unsafe fn unmap(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.os.unmap(at, n) };
    }

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        if new > old {
            // Of room for records, there can only be too little.
            self.plan.ask().map_err(|_| Error::NoMem)?;
        }
        // SAFETY: the caller's promise.
        unsafe { self.os.resize(at, old, new) }
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        if matches!(hint, Hint::Release | Hint::Access | Hint::Fault) {
            self.plan.ask().map_err(|_| Error::NoMem)?;
        }
        // SAFETY: the caller's promise.
        unsafe { self.os.advise(hint, at, n) }
    }

    fn resident(&self, at: usize, n: usize) -> usize {
        self.os.resident(at, n)
    }
}
