//! The layer under a Go runtime: what the object in a Go root exports.
//!
//! The object must do without relocations, because Go's own linker applies none
//! to it, so it has no data of its own: the state lives in a variable of the
//! runtime and comes in with every call. `tools/flat.sh` links it and sees to
//! that. The module is called flat because the object is one flat piece of bytes,
//! with no addresses to fill in, that runs wherever it lies. `go/runtime` holds the
//! callers, which fill in [`Init`] and [`Request`] and move to the system stack
//! before they come here.
//!
//! Out of memory is an answer: a line says what is exhausted, and the runtime gets
//! nil and dies in its own words. Anything else says that the runtime or this layer is
//! broken: the call is written out in one line, and the runtime throws.

mod memory_limit;
mod mutex;
mod out_of_memory;
mod perform;
mod record;
mod request;
mod settings;
mod start;
mod state;

use crate::call_format::{Call, ReturnValue};
use crate::environ;
use crate::error::Error;
use crate::line_buffer::LineBuffer;
use crate::os::linux::proc::figure;
use crate::os::linux::say;
use core::ffi::c_int;
use mutex::Mutex;
use perform::perform;
use request::{
    ALLOC, END, FUNCTION, MAP, RESERVE, RESERVE_ALIGNED, SPACE, USED, bytes, call,
    has_gos_constants,
};
pub use request::{Init, Request};
use state::{Bounds, FRESH, STATE_SIZE, State};

/// The answer to a call that the kernel or a limit refused.
const REFUSED: c_int = -1;

/// Sets the layer up, before the first call, in a process that has one thread.
/// Gives 0 or an error's code; then standard error has the reason.
///
/// # Safety
/// `init` and what it points to are as described there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_runtime_init(init: &mut Init) -> c_int {
    if init.state_size != STATE_SIZE {
        return Error::Config.code();
    }
    // SAFETY: the caller's promise.
    let settings = unsafe { settings::follow(init) };
    // SAFETY: the mutex is large enough, aligned, and the layer's alone, by the
    // caller's promise.
    unsafe { init.state.write(FRESH) };
    // SAFETY: written just now, and nobody else knows it yet.
    let mutex = unsafe { &*init.state };
    let started = mutex.with(init.thread, |state| {
        if !state.sbrk.os_mut().set_page(init.page) {
            return Err(Error::Config);
        }
        state.bounds = Bounds {
            limit: settings.limit,
            ceiling: init.ceiling,
            ceiling_text: init.ceiling_text,
            ceiling_text_size: init.ceiling_text_size,
        };
        if let Some(path) = settings.trace {
            let mut trace = environ::open_trace(path).unwrap_or_else(|bad| bad.exit());
            init.window = trace.window();
            state.trace = Some(trace);
            mutex.keep_process();
        }
        // SAFETY: there is no segment yet that anybody could use.
        unsafe { state.start(init, &settings) }.inspect_err(|_| out_of_memory::no_place(state))
    });
    started.map_or_else(Error::code, |()| 0)
}

/// Performs one call. Gives 0 or `REFUSED`, or the code of what was wrong with
/// it; then standard error has it in words, unless the runtime goes on.
///
/// # Safety
/// `gosbrk_runtime_init` gave 0 for the request's state; the request is as
/// described there; and what the function of `Sbrk` asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_runtime(request: &mut Request) -> c_int {
    // SAFETY: set up before, by the caller's promise.
    let mutex = unsafe { &*request.state };
    // SAFETY: the text is as long as its size says, by the caller's promise.
    let name = unsafe { bytes(request.name, request.name_size) };
    let Some(call) = call(request, name) else {
        // SAFETY: the caller's promise.
        return unsafe { other(mutex, request, name) };
    };
    let mut errno = 0;
    let outcome = mutex.with(request.thread, |state| {
        // SAFETY: the caller's promise.
        let outcome = unsafe { perform(state, request, &call) };
        if matches!(outcome, Err(Error::NoMem | Error::ForeignBreak)) {
            errno = state.sbrk.os_mut().take_errno();
            if ends_the_program(request, name, state.bounds.ceiling) {
                out_of_memory::report(state, request, errno);
            }
        }
        outcome
    });
    match outcome {
        Ok(ReturnValue::Nothing) => {}
        Ok(ReturnValue::Address(p)) => request.p = p,
        Ok(ReturnValue::Range(range)) => (request.p, request.size) = (range.addr, range.size),
        Err(error) if error.is_misuse() => return refused(&call, error),
        Err(_) => {
            (request.p, request.size) = (0, 0);
            request.errno = errno.unsigned_abs() as usize;
            return REFUSED;
        }
    }
    0
}

/// What is asked besides calls: to note what a program counter stands for, or that the
/// process ends; and how much is mapped.
///
/// # Safety
/// The request is as described there.
#[cold]
unsafe fn other(mutex: &Mutex<State>, request: &mut Request, name: &[u8]) -> c_int {
    match request.function {
        FUNCTION => {}
        SPACE => {
            let Some(pages) = figure(c"/proc/self/statm", b"") else { return REFUSED };
            request.size = pages * request.n;
            return 0;
        }
        END => {
            // The trace is the parent's, and this call would never come back.
            if mutex.is_left_taken() {
                return 0;
            }
            // Where the thread is inside of a call already, it is a signal that ends the
            // process, and the trace has no end.
            let _ = mutex.with(request.thread, |state| {
                state.finish_trace();
                Ok(())
            });
            return 0;
        }
        _ => return Error::Config.code(),
    }
    // SAFETY: the text is as long as its size says, by the caller's promise.
    let file = unsafe { bytes(request.more.cast(), request.more_size) };
    let noted = mutex.with(request.thread, |state| {
        state.keep_trace(|trace| trace.function(request.v, request.n, name, file));
        Ok(())
    });
    noted.map_or_else(Error::code, |()| 0)
}

/// Whether the runtime gives up when this call is refused. It goes on after a refused
/// free, release or close; it first tries to reserve memory where the heap ends; and it
/// does not look at its answer for one table.
fn ends_the_program(request: &Request, name: &[u8], ceiling: usize) -> bool {
    let unseen = has_gos_constants(ceiling) && name.iter().eq(b"scavenge index");
    match request.function {
        ALLOC | RESERVE_ALIGNED | MAP | USED => true,
        RESERVE => request.v == 0 && !unseen,
        _ => false,
    }
}

/// Writes out a call that broke a rule.
#[inline(never)] // The line takes much of the stack that a call may take.
fn refused(call: &Call<'_>, error: Error) -> c_int {
    let mut line = LineBuffer::new();
    call.format_misuse(error, &mut line);
    say(line.finish());
    error.code()
}
