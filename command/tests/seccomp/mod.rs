//! Runs a program under a seccomp filter that reports system calls to the test
//! (`SECCOMP_RET_USER_NOTIF`), which lets each of them go on or refuses it.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

pub mod calls;
mod filter;
pub mod points;
pub mod refuse;
mod supervisor;
pub mod verdict;

pub use filter::Watch;
pub use supervisor::{Call, Ended, supervise};

use crate::common::skip;
use std::process::Command;

/// Whether the kernel can report system calls like this. If not, names the check that is
/// skipped, and why.
pub fn is_there(what: &str) -> bool {
    let mut seen = 0;
    let tried = supervise(Command::new("true"), &Watch::All, |_| {
        seen += 1;
        None
    });
    let why = match tried {
        Err(error) => format!("seccomp gives no user notification: {error}"),
        // Before Linux 5.5 a call cannot go on.
        Ok(ended) if seen == 0 || !ended.succeeded() => {
            format!("a program under seccomp's user notification does not run: {ended:?}")
        }
        Ok(_) => return true,
    };
    skip(what, &why);
    false
}
