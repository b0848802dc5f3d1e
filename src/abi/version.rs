//! The release.

use core::ffi::c_char;

/// The version of the library: the GOSBRK_VERSION of the header it was built with.
/// Takes no lock.
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
