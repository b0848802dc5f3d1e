//! The one instance behind the C names: a [`Sbrk`] under `memlock`, set up at
//! first use, with the policies on misuse.

use crate::brk::Layout;
use crate::call_format::{Call, ReturnValue};
use crate::config::{Config, Misuse};
use crate::environ;
use crate::error::Error;
use crate::line_buffer::LineBuffer;
use crate::memlock::word::Thread;
use crate::memlock::{Guard, Memlock, Recover};
use crate::os::Os;
use crate::os::linux::{Linux, abort, say, thread_id};
use crate::runtime::{Sbrk, Stats};
use crate::thread_errors::ThreadErrors;
use crate::trace::{Caller, Event, Setup, Trace};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The state of the process-wide instance.
pub struct Process {
    /// The layer itself.
    pub sbrk: Sbrk<Linux>,
    trace: Option<Trace>,
    /// Room for the text of `GOSBRK`, too large for the small stacks that the
    /// first call may come on.
    environ: [u8; environ::VALUE_SIZE],
}

static PROCESS: Memlock<Process> = Memlock::new(Process {
    sbrk: Sbrk::new(Linux),
    trace: None,
    environ: [0; environ::VALUE_SIZE],
});

static ERRORS: ThreadErrors = ThreadErrors::new();

/// Whether misuse is [`Misuse::Report`]. Not under the lock: a call that is
/// refused because its thread is inside asks too.
static REPORT: AtomicBool = AtomicBool::new(false);

/// Calls refused because their thread was inside, since the segment was made.
static REENTRIES: AtomicU64 = AtomicU64::new(0);

/// The instance, set up if it was not, for as long as the guard lives.
///
/// # Errors
/// As [`Memlock::lock`], and those of [`Sbrk::init`] when it cannot be set up: the
/// next call tries again.
pub fn lock() -> Result<Guard<'static, Process>, Error> {
    let mut process = PROCESS.lock().map_err(count_reentry)?;
    if process.sbrk.base() == 0 {
        process.init_from_environ()?;
    }
    Ok(process)
}

#[cold]
fn count_reentry(error: Error) -> Error {
    if error == Error::Reentrant {
        REENTRIES.fetch_add(1, Ordering::Relaxed);
    }
    error
}

/// Looks something up.
///
/// # Errors
/// Those of [`lock`], after this thread's last error was set.
pub fn look<T>(look: impl FnOnce(&Process) -> T) -> Result<T, Error> {
    match lock() {
        Ok(process) => Ok(look(&process)),
        Err(error) => {
            ERRORS.set(thread_id(), error);
            Err(error)
        }
    }
}

/// Sets the instance up afresh: `gosbrk_init`.
///
/// # Errors
/// As [`Sbrk::init`] and [`Memlock::lock`].
///
/// # Safety
/// As [`Sbrk::init`].
pub unsafe fn init(config: &Config) -> Result<(), Error> {
    let mut process = PROCESS.lock().map_err(count_reentry)?;
    // SAFETY: the caller's promise.
    unsafe { process.init(config) }
}

/// Performs one call under the lock, traces it, and applies the policy.
///
/// # Errors
/// What `perform` gives, after this thread's last error was set to it. Misuse
/// under [`Misuse::Abort`] does not return.
pub fn perform<T: Into<ReturnValue> + Copy>(
    call: &Call<'_>,
    perform: impl FnOnce(&mut Sbrk<Linux>) -> Result<T, Error>,
) -> Result<T, Error> {
    let outcome = lock().and_then(|mut process| {
        if process.trace.is_some() {
            process.follow();
        }
        let outcome = perform(&mut process.sbrk);
        if process.trace.is_some() {
            let thread = process.thread();
            process.trace(call, outcome.map(Into::into), thread);
        }
        outcome
    });
    if let Err(error) = outcome {
        refused(call, error);
    }
    outcome
}

/// The code of the calling thread's last error; asking clears it.
pub fn last_error() -> i32 {
    if ERRORS.is_empty() { 0 } else { ERRORS.take(thread_id()) }
}

#[cold]
fn refused(call: &Call<'_>, error: Error) {
    if error.is_misuse() && !REPORT.load(Ordering::Relaxed) {
        let mut line = LineBuffer::new();
        call.format_misuse(error, &mut line);
        say(line.finish());
        abort();
    }
    ERRORS.set(thread_id(), error);
}

/// Whether a configuration can be followed.
///
/// # Errors
/// As [`Layout::new`].
#[inline(never)] // What it means for the break is gone from the stack when the call goes on.
fn make_sense(config: &Config) -> Result<(), Error> {
    Layout::new(config, Linux.page_shift()).map(|_| ())
}

impl Process {
    /// The counters of the layer, with the calls that never reached it.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let stats = self.sbrk.stats();
        Stats { refusals: stats.refusals + REENTRIES.load(Ordering::Relaxed), ..stats }
    }

    unsafe fn init(&mut self, config: &Config) -> Result<(), Error> {
        // Looked at before anything changes, were it for a moment.
        make_sense(config)?;
        // Before there is a segment: a child of fork that finds one takes it as it is.
        REPORT.store(config.misuse == Misuse::Report, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.sbrk.init(config) }?;
        REENTRIES.store(0, Ordering::Relaxed);
        if self.trace.is_some() {
            self.begin_trace(config);
        }
        Ok(())
    }

    /// Sets up what the variable `GOSBRK` asks for.
    ///
    /// # Errors
    /// As [`Sbrk::init`], but that a bad setting ends the process.
    #[cold]
    fn init_from_environ(&mut self) -> Result<(), Error> {
        let settings = environ::settings(&mut self.environ).unwrap_or_else(|bad| bad.exit());
        let config = settings.config;
        if let Some(path) = settings.trace.filter(|_| self.trace.is_none()) {
            let trace = environ::open_trace(path).unwrap_or_else(|bad| bad.exit());
            self.trace = Some(trace);
        }
        // SAFETY: there was no segment, so nobody uses one.
        let outcome = unsafe { self.init(&config) };
        if outcome == Err(Error::Config) {
            environ::contradiction().exit();
        }
        outcome
    }

    #[cold]
    fn begin_trace(&mut self, config: &Config) {
        let base = self.sbrk.base();
        let (start, page_shift) = (config.start, Linux.page_shift());
        let setup = Setup { layout: 0, config: *config, page_shift, base, origin: base, start };
        self.keep_trace(|trace| trace.begin(&setup, None));
    }

    /// Takes a trace of its own, in a child of fork, before the first call is made there.
    #[cold]
    fn follow(&mut self) {
        let Self { sbrk, trace, .. } = self;
        if trace.as_mut().is_some_and(|trace| !trace.follow(sbrk)) {
            self.trace = None;
        }
    }

    #[cold]
    fn trace(&mut self, call: &Call<'_>, outcome: Result<ReturnValue, Error>, thread: Thread) {
        let (bloc, bloc_max) = (self.sbrk.bloc(), self.sbrk.bloc_max());
        let caller = Caller { key: thread.0, number: thread.number(), goroutine: 0 };
        let mapped_end = self.sbrk.mapped_end();
        let event = Event { call, outcome, caller, bloc, bloc_max, mapped_end, stack: &[] };
        self.keep_trace(|trace| trace.call(&event));
    }

    /// Writes to the trace, if there is one, and ends it when that fails.
    fn keep_trace(&mut self, write: impl FnOnce(&mut Trace) -> bool) {
        if self.trace.as_mut().is_some_and(|trace| !write(trace)) {
            self.trace = None;
        }
    }
}

/// Ends the trace when the process does, behind what C's `atexit` calls.
#[cfg(not(any(miri, feature = "flat")))]
#[used]
#[unsafe(link_section = ".fini_array")]
static FINISH: extern "C" fn() = {
    extern "C" fn finish() {
        // Where this thread is inside of a call, a signal ends the process.
        let Ok(mut process) = PROCESS.lock() else { return };
        let end = process.sbrk.mapped_end();
        if let Some(trace) = process.trace.take() {
            trace.finish(end);
        }
    }
    finish
};

impl Recover for Process {
    fn recover(&mut self) {
        self.sbrk.recover();
        if self.sbrk.base() == 0 {
            // The first call had come no further, and may have been about to
            // note what it traces to: what is there need not be a file of its own.
            self.trace = None;
        }
    }
}
