//! What the layer keeps in a variable of the Go runtime.

use super::mutex::Mutex;
use crate::addr::align_down;
use crate::brk::Step;
use crate::os::linux::whole::Whole;
use crate::runtime::Sbrk;
use crate::trace::Trace;
use core::ptr::null;

/// A multiple of every alignment that a runtime asks for.
const ORIGIN_ALIGN: usize = 64 << 20;

/// What the runtime's variable holds.
pub struct State {
    pub sbrk: Sbrk<Whole>,
    pub bounds: Bounds,
    /// Whether a reservation was refused.
    pub unbacked: bool,
    pub trace: Option<Trace>,
    pub first: First,
}

/// The thread that begins the program. The runtime does not know the kernel's number of it
/// before it has threads: until then it is asked for once.
pub struct First {
    /// The address of its `m`.
    pub m: usize,
    pub number: u32,
    /// Whether the runtime knew the number of a thread.
    pub is_over: bool,
}

/// What the heap may take at most.
pub struct Bounds {
    /// `GOSBRK=limit`: bytes from the base; 0: not set.
    pub limit: usize,
    /// Where the memory that the runtime can address ends.
    pub ceiling: usize,
    /// What to say of that, in the runtime's constants.
    pub ceiling_text: *const u8,
    /// Its bytes.
    pub ceiling_text_size: usize,
}

/// What is there before the first call: a constant, so that it is copied into its
/// place and never lies on the stack.
#[expect(clippy::declare_interior_mutable_const, reason = "it is copied once, into its place")]
pub const FRESH: Mutex<State> = Mutex::new(State {
    sbrk: Sbrk::new(Whole::new()),
    bounds: Bounds { limit: 0, ceiling: 0, ceiling_text: null(), ceiling_text_size: 0 },
    unbacked: false,
    trace: None,
    first: First { m: 0, number: 0, is_over: false },
});

/// Bytes of the runtime's variable: `gosbrkState` of `go/runtime`.
pub const STATE_SIZE: usize = 8192;

const _: () = assert!(size_of::<Mutex<State>>() <= STATE_SIZE);
const _: () = assert!(align_of::<Mutex<State>>() <= align_of::<u64>());

impl State {
    /// Writes to the trace that the break went over a mapping of others.
    #[cold]
    pub fn trace_step(&mut self, step: &Step) {
        let &Step { foreign, to, .. } = step;
        self.keep_trace(|trace| trace.foreign(foreign, to));
    }

    /// Takes a trace of its own, in a child of fork, before the first call is made there.
    #[cold]
    pub fn follow(&mut self) {
        let Self { sbrk, trace, .. } = self;
        if trace.as_mut().is_some_and(|trace| !trace.follow(sbrk)) {
            self.trace = None;
        }
    }

    /// What the addresses of a trace are counted from: far enough aligned that every
    /// alignment is that of the address itself, so that a replay gives the same ones.
    pub const fn origin(&self) -> usize {
        align_down(self.sbrk.base(), ORIGIN_ALIGN)
    }

    /// Writes to the trace, if there is one, and ends it when that fails.
    pub fn keep_trace(&mut self, write: impl FnOnce(&mut Trace) -> bool) {
        if self.trace.as_mut().is_some_and(|trace| !write(trace)) {
            self.trace = None;
        }
    }

    /// Ends the trace, if there is one: the process ends.
    #[cold]
    pub fn finish_trace(&mut self) {
        let end = self.sbrk.mapped_end();
        if let Some(trace) = self.trace.take() {
            trace.finish(end);
        }
    }
}
