//! A call of a Go runtime in its trace: who called, and from where.

use super::request::Request;
use super::state::{First, State};
use crate::call_format::{Call, ReturnValue};
use crate::error::Error;
use crate::os::linux::thread_id;
use crate::trace::{Caller, Event, Runtime};
use core::ptr::NonNull;

/// Writes a call to the trace.
///
/// # Safety
/// The request is as described there, and its thread stays in this call.
#[cold]
pub unsafe fn record(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
    outcome: Result<ReturnValue, Error>,
) {
    let (bloc, bloc_max) = (state.sbrk.bloc(), state.sbrk.bloc_max());
    let mapped_end = state.sbrk.mapped_end();
    let Some(trace) = &mut state.trace else { return };
    // SAFETY: the caller's promise.
    let caller = unsafe { caller(request, trace.runtime(), &mut state.first) };
    let at = if request.more_size == 0 { NonNull::dangling().as_ptr() } else { request.more };
    // SAFETY: so many are there, by the caller's promise.
    let stack = unsafe { core::slice::from_raw_parts(at, request.more_size) };
    let event = Event { call, outcome, caller, bloc, bloc_max, mapped_end, stack };
    state.keep_trace(|trace| trace.call(&event));
}

/// Who calls.
///
/// # Safety
/// As [`record`].
unsafe fn caller(request: &Request, runtime: &Runtime, first: &mut First) -> Caller {
    let (mut number, mut goroutine) = (0, 0);
    if request.thread != 0 && runtime.is_there() {
        // SAFETY: the caller's promise.
        (number, goroutine) = unsafe { runtime.caller(request.thread) };
    }
    first.is_over |= number != 0;
    if number == 0 && !first.is_over && first.m == request.thread && first.m != 0 {
        number = first.number;
    }
    if number == 0 {
        number = thread_id();
        (first.m, first.number) = (request.thread, number);
    }
    Caller { key: u64::from(number), number, goroutine }
}
