//! What the variable `GOSBRK` asks for, in a whole program.

use super::memory_limit;
use super::request::{Init, bytes};
use crate::config::{Advice, Check, Config};
use crate::environ::{self, Reader};

/// What the layer itself takes of the settings.
pub struct Chosen<'a> {
    pub advice: Advice,
    pub check: Check,
    /// Bytes; 0: none.
    pub limit: usize,
    /// The file to record to.
    pub trace: Option<&'a [u8]>,
}

/// Reads the settings and says in `init` what the runtime needs of them.
///
/// # Safety
/// `init` is as described there.
#[inline(never)] // What is read takes much of the stack that a call may take.
pub unsafe fn follow<'a>(init: &mut Init) -> Chosen<'a> {
    // SAFETY: the text is as long as its size says, by the caller's promise.
    let settings = unsafe { bytes(init.settings, init.settings_size) };
    let advice = if init.advice == 1 { Advice::Os } else { Advice::Go };
    let defaults = Config { advice, ..Config::default() };
    let reader = Reader::Program { least: init.least };
    let settings = environ::parse(reader, defaults, settings).unwrap_or_else(|bad| bad.exit());
    let Config { advice, check, limit, .. } = settings.config;
    init.advice = advice as usize;
    memory_limit::set(init, &settings);
    init.cstack = settings.c_code.stack.code();
    init.arenas = settings.c_code.arenas.code();
    Chosen { advice, check, limit, trace: settings.trace }
}
