//! What the layer keeps in a variable of the Go runtime.

use super::mutex::Mutex;
use super::request::Request;
use crate::addr::align_down;
use crate::brk::Step;
use crate::call_format::{Call, ReturnValue};
use crate::error::Error;
use crate::os::linux::thread_id;
use crate::os::linux::whole::Whole;
use crate::runtime::Sbrk;
use crate::trace::{Caller, Event, Runtime, Trace};
use core::ptr::{NonNull, null};

/// A multiple of every alignment that a runtime asks for.
const ORIGIN_ALIGN: usize = 64 << 20;

/// What the runtime's variable holds.
pub struct State {
    pub sbrk: Sbrk<Whole>,
    pub bounds: Bounds,
    /// Whether a reservation was refused.
    pub unbacked: bool,
    pub trace: Option<Trace>,
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

    /// Writes a call to the trace.
    ///
    /// # Safety
    /// The request is as described there, and its thread stays in this call.
    #[cold]
    pub unsafe fn trace_call(
        &mut self,
        request: &Request,
        call: &Call<'_>,
        outcome: Result<ReturnValue, Error>,
    ) {
        let (bloc, bloc_max) = (self.sbrk.bloc(), self.sbrk.bloc_max());
        let mapped_end = self.sbrk.mapped_end();
        let blocks = self.sbrk.mem_freelist().map(|block| (block.addr, block.size));
        let Some(trace) = &mut self.trace else { return };
        let goes_on = if trace.is_of_parent() {
            trace.fork(bloc, bloc_max, blocks)
        } else {
            // SAFETY: the caller's promise.
            let caller = unsafe { caller(request, trace.runtime()) };
            let at =
                if request.more_size == 0 { NonNull::dangling().as_ptr() } else { request.more };
            // SAFETY: so many are there, by the caller's promise.
            let stack = unsafe { core::slice::from_raw_parts(at, request.more_size) };
            trace.call(&Event { call, outcome, caller, bloc, bloc_max, mapped_end, stack })
        };
        if !goes_on {
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
}

/// Who calls.
///
/// # Safety
/// As [`State::trace_call`].
unsafe fn caller(request: &Request, runtime: &Runtime) -> Caller {
    let (mut number, mut goroutine) = (0, 0);
    if request.thread != 0 && runtime.is_there() {
        // SAFETY: the caller's promise.
        (number, goroutine) = unsafe { runtime.caller(request.thread) };
    }
    if number == 0 {
        number = thread_id();
    }
    Caller { key: u64::from(number), number, goroutine }
}
