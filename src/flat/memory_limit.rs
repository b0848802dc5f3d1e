//! The memory limit that the runtime's garbage collector goes by.
//!
//! Go lets its heap double before it collects, and knows nothing of other limits than
//! `GOMEMLIMIT`: it dies at `RLIMIT_AS` with garbage to spare. So the limits that the process
//! has when it starts become the runtime's own.

use super::request::Init;
use crate::environ::Settings;
use crate::environ::memory_limit::{MemoryLimit, NONE, for_heap, share};
use crate::os::linux::cgroup;
use crate::os::linux::proc::figure;
use crate::os::linux::say;

/// Threads that a program with C code has besides one for each processor: those that are in
/// system calls or in C code, the runtime's monitor, and one that starts others.
const MORE_THREADS: usize = 6;

/// What glibc gives a thread where `RLIMIT_STACK` is unlimited.
const STACK_WITHOUT_LIMIT: usize = 2 << 20;

/// Sets the runtime's limit in bytes, by these settings, and `RLIMIT_AS` if that counts for it.
pub fn set(init: &mut Init, settings: &Settings<'_>) {
    (init.memory_limit, init.address_space) = (NONE, 0);
    let cgroup = match settings.memory_limit {
        MemoryLimit::Size(bytes) => {
            init.memory_limit = bytes;
            return;
        }
        MemoryLimit::Off => return,
        MemoryLimit::Default if init.finds_limit == 0 => return,
        MemoryLimit::Cgroup => of_cgroup(init),
        MemoryLimit::Default | MemoryLimit::Auto => NONE,
    };
    let limit = settings.config.limit;
    let own = if limit == 0 { NONE } else { for_heap(limit, 0, 0, init.least) };
    let stack = settings.c_code.stack.or(init.cstack);
    let space = address_space();
    let left = space.and_then(|limit| of_address_space(init, limit, stack));
    init.address_space = space.filter(|_| left.is_some()).unwrap_or(0);
    init.memory_limit = left.unwrap_or(NONE).min(own).min(cgroup);
}

/// `RLIMIT_AS`; `None`: there is none, or it cannot be read.
#[inline(never)]
fn address_space() -> Option<usize> {
    figure(c"/proc/self/limits", b"Max address space")
}

/// From `RLIMIT_AS`; `None`: it cannot be told what is mapped. Threads have C stacks of
/// this size, 0: the system's; a lower `ulimit -s` wins.
#[inline(never)]
fn of_address_space(init: &Init, limit: usize, stack: usize) -> Option<usize> {
    let mapped = figure(c"/proc/self/statm", b"")? * init.page;
    let stacks = if init.others == 0 {
        0
    } else {
        let most = figure(c"/proc/self/limits", b"Max stack size");
        let stack = if stack == 0 { most.unwrap_or(STACK_WITHOUT_LIMIT) } else { stack };
        (init.processors + MORE_THREADS).saturating_mul(stack.min(most.unwrap_or(usize::MAX)))
    };
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
