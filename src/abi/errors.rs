//! Errors: what the last one of a thread was, and what its code means.

use super::GOSBRK_OK;
use crate::error::Error;
use crate::process::last_error;
use core::ffi::{c_char, c_int};

/// Returns the last error of the calling thread and clears it. Returns 0 if there
/// was none since the thread last asked. Takes no lock.
///
/// Threads are told apart by the kernel's thread number. An error may be lost if
/// more than 64 threads have errors that they have not asked for. If a thread ends
/// without asking, a later thread with the same number may get its error.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_last_error() -> c_int {
    last_error()
}

/// What an error code means, as a static string. Takes no lock.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_error_text(code: c_int) -> *const c_char {
    match (code, Error::from_code(code)) {
        (GOSBRK_OK, _) => c"no error",
        (_, Some(error)) => error.text(),
        (_, None) => c"not an error code of gosbrk",
    }
    .as_ptr()
}
