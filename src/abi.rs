//! The C functions: check the pointers, call, map the result.
//!
//! The conventions that hold for all of them stand at the top of the header
//! (`cbindgen.toml`); what is said here is said of the one function.
//!
//! There is a module for each section of the header, which `tests/header.rs` makes of
//! them. The constants are plain numbers because cbindgen computes nothing; the same
//! test holds them against the types they stand for.
#![allow(
    clippy::doc_markdown,
    reason = "these comments become the C header, where backticks are noise"
)]

mod codes;
mod config;
mod errors;
mod hints;
mod inspect;
mod memory;
mod stats;
mod version;

pub use codes::*;
pub use config::*;
pub use errors::*;
pub use hints::*;
pub use inspect::*;
pub use memory::*;
pub use stats::*;
pub use version::*;

use crate::call_format::{Call, Function};
use crate::error::Error;
use core::ffi::{c_char, c_void};

/// A Go string as C passes it: NULL is the empty one.
///
/// # Safety
/// `p` points to `n` bytes that outlive the call, or is NULL.
unsafe fn name<'a>(p: *const c_char, n: usize) -> &'a [u8] {
    if p.is_null() || n > isize::MAX as usize {
        return b"";
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(p.cast(), n) }
}

/// A call with a size and nothing else.
const fn sized(function: Function, n: usize) -> Call<'static> {
    Call { function, v: None, n, align: None, name: b"" }
}

/// An address, or NULL for a failure, which was dealt with.
fn pointer(outcome: Result<usize, Error>) -> *mut c_void {
    core::ptr::with_exposed_provenance_mut(outcome.unwrap_or(0))
}

/// Nothing to give back; a failure was dealt with.
fn done(_: Result<(), Error>) {}
