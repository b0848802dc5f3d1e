//! Limits of a process, as a user without privileges meets them.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

use std::io::Error;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Resources, such as `RLIMIT_AS`.
pub type Resource = libc::__rlimit_resource_t;

/// With it a process may lock more memory than `RLIMIT_MEMLOCK`.
const CAP_IPC_LOCK: libc::c_ulong = 14;

/// Puts a program under limits in bytes, and has it run without the privilege to lock
/// more memory than its limit. It writes no core file unless one of them says so.
pub fn confine<'a>(command: &'a mut Command, limits: &[(Resource, u64)]) -> &'a mut Command {
    let mut limits = limits.to_vec();
    if limits.iter().all(|&(resource, _)| resource != libc::RLIMIT_CORE) {
        limits.push((libc::RLIMIT_CORE, 0));
    }
    let confine = move || {
        for &(resource, bytes) in &limits {
            let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
            // SAFETY: the kernel reads the limit.
            if unsafe { libc::setrlimit(resource, &raw const limit) } != 0 {
                return Err(Error::last_os_error());
            }
        }
        // Root gets its capabilities from this set when it starts a program. Who may
        // not take one out has none.
        // SAFETY: it changes a set of this process, which is a child.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0) };
        Ok(())
    };
    // SAFETY: it makes system calls only, which a child of many threads may make.
    unsafe { command.pre_exec(confine) }
}

/// The highest limit up to `most` bytes that this user may set.
pub fn highest(resource: Resource, most: u64) -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel fills it in.
    assert_eq!(unsafe { libc::getrlimit(resource, &raw mut limit) }, 0);
    // Root may raise it, if nobody has taken that privilege away.
    let mut child = Command::new("true");
    let may_raise = confine(&mut child, &[(resource, most)]).status().is_ok();
    if may_raise { most } else { most.min(limit.rlim_max) }
}
