//! The memory limit that the runtime's garbage collector goes by.
//!
//! Go lets its heap double before it collects, and knows nothing of other limits than
//! `GOMEMLIMIT`: it dies at `RLIMIT_AS` with garbage to spare. So the limits that the process
//! has when it starts become the runtime's own.

use super::request::Init;
use crate::environ::memory_limit::{MemoryLimit, NONE, for_heap, share};
use crate::os::linux::cgroup;
use crate::os::linux::proc::figure;
use crate::os::linux::say;
use crate::os::linux::whole::PAGE;

/// Threads that a program with C code has besides one for each processor: those that are in
/// system calls or in C code, the runtime's monitor, and one that starts others.
const MORE_THREADS: usize = 6;

/// What glibc gives a thread where `RLIMIT_STACK` is unlimited.
const STACK_WITHOUT_LIMIT: usize = 2 << 20;

/// The runtime's limit in bytes, by what is asked for and by `GOSBRK=limit`, which is 0
/// where it is not set.
pub fn of(init: &Init, asked: MemoryLimit, own_limit: usize) -> usize {
    let cgroup = match asked {
        MemoryLimit::Size(bytes) => return bytes,
        MemoryLimit::Off => return NONE,
        MemoryLimit::Default if init.finds_limit == 0 => return NONE,
        MemoryLimit::Cgroup => of_cgroup(init),
        MemoryLimit::Default | MemoryLimit::Auto => NONE,
    };
    let own = if own_limit == 0 { NONE } else { for_heap(own_limit, 0, 0, init.least) };
    of_address_space(init).unwrap_or(NONE).min(own).min(cgroup)
}

/// From `RLIMIT_AS`; `None`: there is none, or it cannot be read.
#[inline(never)]
fn of_address_space(init: &Init) -> Option<usize> {
    let limit = figure(c"/proc/self/limits", b"Max address space")?;
    let mapped = figure(c"/proc/self/statm", b"")? * PAGE;
    let stack = || figure(c"/proc/self/limits", b"Max stack size").unwrap_or(STACK_WITHOUT_LIMIT);
    let threads = if init.others == 0 { 0 } else { init.processors + MORE_THREADS };
    let stacks = if threads == 0 { 0 } else { threads.saturating_mul(stack()) };
    Some(for_heap(limit.saturating_sub(mapped), stacks, init.others, init.least))
}

/// From the cgroup, where memory counts that is used, and all of it.
#[inline(never)]
fn of_cgroup(init: &Init) -> usize {
    let Some(limit) = cgroup::limit() else {
        say(b"gosbrk: GOSBRK: \"memlimit=cgroup\": the memory limit of the cgroup cannot be read; the program runs without it\n");
        return NONE;
    };
    // Version 1 rounds its no limit down to a page.
    if limit >> 62 != 0 { NONE } else { limit / 16 * share(init.others).min(14) }
}
