//! Set-up.

use super::GOSBRK_OK;
use crate::config::{Advice, Check, Config, Misuse, Profile};
use crate::error::Error;
use crate::process;
use core::ffi::c_int;
use libc::size_t;

/// Profile: Go on Plan 9. Pages of 4096 bytes, or of 16 or 64 KiB where the kernel has
/// such pages (on arm64).
pub const GOSBRK_PROFILE_PLAN9: u32 = 0;
/// Profile: Go on WebAssembly since Go 1.24. Pages of 65536 bytes, at most 4 GiB.
pub const GOSBRK_PROFILE_WASM: u32 = 1;
/// Profile: Go on WebAssembly, Go 1.21 to 1.23. Its sbrk always grows the memory at
/// its end and never moves bloc or blocMax.
pub const GOSBRK_PROFILE_WASM_GO121: u32 = 2;

/// Advice: the hints do nothing, as in Go's sbrk layer.
pub const GOSBRK_ADVICE_GO: u32 = 0;
/// Advice: the hints reach the kernel, as in Go's Linux layer.
pub const GOSBRK_ADVICE_OS: u32 = 1;

/// On misuse: one line on standard error, then SIGABRT.
pub const GOSBRK_MISUSE_ABORT: u32 = 0;
/// On misuse: the call returns NULL or does nothing, and sets the last error.
pub const GOSBRK_MISUSE_REPORT: u32 = 1;

/// Check the arguments of each call, and each header that the call uses.
pub const GOSBRK_CHECK_FAST: u32 = 0;
/// Check also that memory is zero when it is handed out. This detects writes after
/// free.
pub const GOSBRK_CHECK_FULL: u32 = 1;

/// How the segment is set up. gosbrk_config_init fills in the defaults.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct GosbrkConfig {
    /// sizeof(gosbrk_config), set by gosbrk_config_init.
    pub size: size_t,
    /// Whose sbrk to follow, which also sets the page size: GOSBRK_PROFILE_*.
    pub profile: u32,
    /// Whether hints reach the kernel: GOSBRK_ADVICE_*.
    pub advice: u32,
    /// What misuse does: GOSBRK_MISUSE_*.
    pub misuse: u32,
    /// How much is checked: GOSBRK_CHECK_*.
    pub check: u32,
    /// Address of the segment, a multiple of the page size. 0: the library chooses.
    pub base: usize,
    /// First bloc, in bytes from base, rounded up to a page. In Go it is the end of
    /// the program's data. The bytes below it are mapped and left to the caller.
    pub start: usize,
    /// First blocMax, also in bytes from base and rounded up. 0: the same as bloc. In
    /// Go on WebAssembly it is the size of the memory when the program starts.
    pub initial: usize,
    /// Most bytes from base that the break may reach; what is over a whole page has no
    /// effect. 0: the limit of the profile, which is 4 GiB for the two of WebAssembly and
    /// none for GOSBRK_PROFILE_PLAN9.
    pub limit: usize,
}

/// Fills in the defaults: GOSBRK_PROFILE_PLAN9, GOSBRK_ADVICE_GO,
/// GOSBRK_MISUSE_ABORT, GOSBRK_CHECK_FAST, and everything else chosen by the library.
/// If c is NULL, nothing happens. Takes no lock.
///
/// # Safety
/// c points to a gosbrk_config, or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_config_init(c: *mut GosbrkConfig) {
    // SAFETY: the caller's promise.
    if let Some(c) = unsafe { c.as_mut() } {
        *c = GosbrkConfig::DEFAULT;
    }
}

/// Sets up the segment, as Go's initBloc does. c NULL means the defaults. A later
/// call drops the segment and makes a new one. Accesses to the old one then fault.
/// If gosbrk_init is not called first, the first call of another function sets up
/// the segment with the settings in the environment variable GOSBRK.
///
/// Never aborts and sets no last error. Returns one of:
/// - 0: done.
/// - GOSBRK_E_CONFIG: c is not valid. Nothing has changed.
/// - GOSBRK_E_NOMEM, GOSBRK_E_FOREIGN_BREAK: the segment cannot be mapped. There is
///   none now. The next call tries again, like the first call of a program.
/// - GOSBRK_E_REENTRANT: a signal handler interrupted a call of its own thread.
///   Nothing has changed.
///
/// # Safety
/// c points to a gosbrk_config whose size is set, or is NULL. No one uses
/// memory of the old segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_init(c: *const GosbrkConfig) -> c_int {
    // SAFETY: the caller's promise.
    let config = match unsafe { c.as_ref() } {
        None => Ok(Config::default()),
        Some(c) => c.config(),
    };
    // SAFETY: the caller's promise.
    match config.and_then(|config| unsafe { process::init(&config) }) {
        Ok(()) => GOSBRK_OK,
        Err(error) => error.code(),
    }
}

impl GosbrkConfig {
    const DEFAULT: Self = Self {
        size: size_of::<Self>(),
        profile: GOSBRK_PROFILE_PLAN9,
        advice: GOSBRK_ADVICE_GO,
        misuse: GOSBRK_MISUSE_ABORT,
        check: GOSBRK_CHECK_FAST,
        base: 0,
        start: 0,
        initial: 0,
        limit: 0,
    };

    /// What it says in the library's own types. A size that is not this
    /// release's is refused: there has been no other yet.
    fn config(&self) -> Result<Config, Error> {
        if self.size != size_of::<Self>() {
            return Err(Error::Config);
        }
        Ok(Config {
            profile: Profile::from_number(self.profile).ok_or(Error::Config)?,
            advice: choose(self.advice, [Advice::Go, Advice::Os])?,
            misuse: choose(self.misuse, [Misuse::Abort, Misuse::Report])?,
            check: choose(self.check, [Check::Fast, Check::Full])?,
            base: self.base,
            start: self.start,
            initial: self.initial,
            limit: self.limit,
            ..Config::default()
        })
    }
}

fn choose<T>(number: u32, [zero, one]: [T; 2]) -> Result<T, Error> {
    match number {
        0 => Ok(zero),
        1 => Ok(one),
        _ => Err(Error::Config),
    }
}
