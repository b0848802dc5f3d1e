//! Errors: what the last one of a thread was, and what its code means.

use super::GOSBRK_OK;
use crate::error::Error;
use crate::process::last_error;
use core::ffi::{c_char, c_int};

/// Gives the calling thread's last error since it last asked, and clears it; 0 if
/// there was none. Takes no lock.
///
/// Threads are told apart by the kernel's number. With more than 64 of them that
/// failed and never asked, an error may be lost; and a thread that ends without
/// asking may leave its error to a later one that is given its number.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_last_error() -> c_int {
    last_error()
}

/// What an error code means, in static words. Takes no lock.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_error_text(code: c_int) -> *const c_char {
    match (code, Error::from_code(code)) {
        (GOSBRK_OK, _) => c"no error",
        (_, Some(error)) => error.text(),
        (_, None) => c"not an error code of gosbrk",
    }
    .as_ptr()
}
