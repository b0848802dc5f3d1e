//! The one instance behind the C names: a [`Sbrk`] under `memlock`, set up at
//! first use, with the policies on misuse.

use crate::call::{Answer, Call};
use crate::config::{Config, Misuse};
use crate::environ;
use crate::error::Error;
use crate::line::Line;
use crate::memlock::{Guard, Memlock};
use crate::os::linux::{Linux, abort, say, thread_id};
use crate::runtime::Sbrk;
use crate::thread_errors::ThreadErrors;
use crate::trace::Trace;

/// The state of the process-wide instance.
pub struct Process {
    /// The layer itself.
    pub sbrk: Sbrk<Linux>,
    misuse: Misuse,
    trace: Option<Trace>,
    /// Room for the text of `GOSBRK`, too large for the small stacks that the
    /// first call may come on.
    environ: [u8; environ::VALUE_SIZE],
}

static PROCESS: Memlock<Process> = Memlock::new(Process {
    sbrk: Sbrk::new(Linux),
    misuse: Misuse::Abort,
    trace: None,
    environ: [0; environ::VALUE_SIZE],
});

static ERRORS: ThreadErrors = ThreadErrors::new();

/// The instance, set up if it was not, for as long as the guard lives. When it
/// could not be set up every call on it fails, and the next one tries again.
pub fn lock() -> Guard<'static, Process> {
    let mut process = PROCESS.lock();
    if process.sbrk.base() == 0 {
        process.init_from_environ();
    }
    process
}

/// Sets the instance up afresh: `gosbrk_init`.
///
/// # Errors
/// As [`Sbrk::init`].
///
/// # Safety
/// As [`Sbrk::init`].
pub unsafe fn init(config: &Config) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    unsafe { PROCESS.lock().init(config) }
}

/// Performs one call under the lock, traces it, and applies the policy.
///
/// # Errors
/// What `perform` gives, after this thread's last error was set to it. Misuse
/// under [`Misuse::Abort`] does not return.
pub fn perform<T: Into<Answer> + Copy>(
    call: &Call<'_>,
    perform: impl FnOnce(&mut Sbrk<Linux>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut process = lock();
    let outcome = perform(&mut process.sbrk);
    if process.trace.is_some() {
        process.trace(call, outcome.map(Into::into));
    }
    let misuse = process.misuse;
    drop(process);
    if let Err(error) = outcome {
        refused(call, error, misuse);
    }
    outcome
}

/// The code of the calling thread's last error; asking clears it.
pub fn last_error() -> i32 {
    if ERRORS.is_empty() { 0 } else { ERRORS.take(thread_id()) }
}

#[cold]
fn refused(call: &Call<'_>, error: Error, misuse: Misuse) {
    if error.is_misuse() && misuse == Misuse::Abort {
        let mut line = Line::new();
        call.misuse(error, &mut line);
        say(line.finish());
        abort();
    }
    ERRORS.set(thread_id(), error);
}

impl Process {
    unsafe fn init(&mut self, config: &Config) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        unsafe { self.sbrk.init(config) }?;
        self.misuse = config.misuse;
        self.keep_trace(|trace| trace.init(config));
        Ok(())
    }

    /// A segment that cannot be had is told by the call that follows, which
    /// finds the layer empty.
    #[cold]
    fn init_from_environ(&mut self) {
        let settings = environ::settings(&mut self.environ).unwrap_or_else(|bad| bad.exit());
        let config = settings.config;
        if let Some(path) = settings.trace.filter(|_| self.trace.is_none()) {
            let file = environ::open_trace(path).unwrap_or_else(|bad| bad.exit());
            self.trace = Some(Trace::new(file));
        }
        // SAFETY: there was no segment, so nobody uses one.
        if unsafe { self.init(&config) } == Err(Error::Config) {
            environ::contradiction().exit();
        }
    }

    #[cold]
    fn trace(&mut self, call: &Call<'_>, outcome: Result<Answer, Error>) {
        let base = self.sbrk.base();
        self.keep_trace(|trace| trace.call(call, outcome, base));
    }

    /// Writes to the trace, if there is one, and ends it when that fails.
    fn keep_trace(&mut self, write: impl FnOnce(&Trace) -> bool) {
        if self.trace.as_ref().is_some_and(|trace| !write(trace)) {
            self.trace = None;
        }
    }
}
