//! Where the segment goes.

use super::request::{Init, has_gos_constants};
use super::settings::Chosen;
use super::state::State;
use crate::config::{Access, Config};
use crate::error::Error;
use crate::os::Os;
use crate::os::linux::FIRST_CHOICE;
use crate::pagemap::MAX_PAGES;
use crate::trace::Setup;

/// The layouts' numbers in a trace.
const PLAIN: u8 = 1;
const COMPACT: u8 = 2;

/// How often another base is tried when something is mapped at the first.
const BASES: usize = 16;

/// Where the segment goes when all of those are taken: where programs have it that link
/// the library, which the thread and memory sanitizers of C leave free; above what the
/// address sanitizer keeps for itself, which is everything from 2 GiB to 16 TiB and 2 GiB;
/// and below that, as far from a multiple of the compact layout's arenas as its usual base.
const fn last_bases(usual: usize) -> [usize; 3] {
    /// What the arenas of every compact layout divide.
    const ARENAS: usize = 4 << 20;
    [FIRST_CHOICE, 17 << 40, (256 << 20) + usual % ARENAS]
}

impl State {
    /// Places the segment at the first of the runtime's bases that is free, else at one
    /// of the last, and keeps it below what the runtime can address.
    ///
    /// # Safety
    /// As [`Sbrk::init`].
    pub unsafe fn start(&mut self, init: &Init, settings: &Chosen<'_>) -> Result<(), Error> {
        let bases = (init.base..init.ceiling).step_by(init.stride.max(1)).take(BASES);
        let last = last_bases(init.base).into_iter().filter(|&base| base < init.ceiling);
        let access = if init.closes == 1 { Access::WhenMapped } else { Access::Always };
        let mut outcome = Err(Error::Config);
        for base in bases.chain(last) {
            let ceiling = init.ceiling.min(base + MAX_PAGES * init.page);
            self.bounds.ceiling = ceiling;
            let config = Config {
                advice: settings.advice,
                check: settings.check,
                limit: settings.limit,
                access,
                base,
                ceiling,
                ..Config::default()
            };
            // Once on the stack, of which there is little.
            let mut setup = Setup { config, ..Setup::NONE };
            // SAFETY: the caller's promise.
            outcome = unsafe { self.sbrk.init(&setup.config) };
            // The kernel may refuse an address that is beyond what this machine has.
            if outcome.is_ok() {
                // SAFETY: the caller's promise.
                unsafe { self.begin_trace(init, &mut setup) };
                break;
            }
        }
        outcome
    }

    /// Begins the trace, if there is one.
    ///
    /// # Safety
    /// The set-up is as described there.
    #[cold]
    unsafe fn begin_trace(&mut self, init: &Init, setup: &mut Setup) {
        // The layouts are told apart by where the runtime's addresses end.
        setup.layout = if has_gos_constants(init.ceiling) { PLAIN } else { COMPACT };
        setup.page_shift = self.sbrk.os_mut().page_shift();
        (setup.base, setup.origin) = (self.sbrk.base(), self.origin());
        setup.start = setup.base - setup.origin;
        // SAFETY: it is there, or null, by the caller's promise.
        let runtime = unsafe { init.watch.as_ref() };
        self.keep_trace(|trace| trace.begin(setup, runtime));
    }
}
