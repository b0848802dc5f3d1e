//! The process and its threads: who is calling, what the kernel says of the machine, and
//! how the process ends.

use super::arch;
use super::file::File;
use super::syscall::syscall;

/// Identifies the calling thread among all of the machine.
#[must_use]
pub fn thread_id() -> u32 {
    // SAFETY: gettid has no arguments and cannot fail.
    let id = unsafe { syscall(libc::SYS_gettid, [0; 6]) };
    // A thread's number is an int above 0, by the kernel's interface.
    #[expect(clippy::cast_possible_truncation)]
    id.map_or(0, |id| id as u32)
}

/// Whether the calling thread is the first of its process.
#[must_use]
pub fn is_main_thread() -> bool {
    process_id() == thread_id() as usize
}

/// The number of the process.
#[must_use]
pub fn process_id() -> usize {
    // SAFETY: getpid has no arguments and cannot fail.
    unsafe { syscall(libc::SYS_getpid, [0; 6]) }.unwrap_or(0)
}

/// The number of the process that started this one.
#[must_use]
pub fn parent_id() -> usize {
    // SAFETY: getppid has no arguments and cannot fail.
    unsafe { syscall(libc::SYS_getppid, [0; 6]) }.unwrap_or(0)
}

/// Whether programs may ask the processor where a thread keeps its thread-local storage.
#[must_use]
pub fn can_read_thread_pointer() -> bool {
    arch::can_read_thread_pointer(auxv)
}

/// The entry with this key of what the kernel tells every process; `None`: there
/// is none, or it cannot be read.
#[inline(never)] // The buffer is gone when the call goes on.
#[must_use]
pub fn auxv(key: u64) -> Option<u64> {
    const AT_NULL: u64 = 0;
    let file = File::open(c"/proc/self/auxv").ok()?;
    let mut pair = [0; 16];
    while let Ok(16) = file.read(&mut pair) {
        let [found, value] = [&pair[..8], &pair[8..]]
            .map(|half| half.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte)));
        if found == key {
            return Some(value);
        }
        if found == AT_NULL {
            break;
        }
    }
    None
}

/// Ends the process with `SIGABRT`, as libc's `abort`: a handler of the
/// program's runs first (the Go runtime's prints the goroutines), and if it
/// returns the signal comes again without it.
pub fn abort() -> ! {
    /// The kernel's `struct sigaction`: handler, flags, restorer, mask. All 0
    /// is the default action.
    static DEFAULT_ACTION: [u64; 4] = [0; 4];
    let signal = libc::SIGABRT as usize;
    let abort_only: u64 = 1 << (libc::SIGABRT - 1);
    let unblock = [libc::SIG_UNBLOCK as usize, &raw const abort_only as usize, 0, 8, 0, 0];
    let default = [signal, &raw const DEFAULT_ACTION as usize, 0, 8, 0, 0];
    let raise = [process_id(), thread_id() as usize, signal, 0, 0, 0];
    for (number, args) in [
        (libc::SYS_rt_sigprocmask, unblock),
        (libc::SYS_tgkill, raise),
        (libc::SYS_rt_sigaction, default),
        (libc::SYS_tgkill, raise),
    ] {
        // SAFETY: the kernel reads the signal set and the action, which outlive
        // the call; the others touch no memory.
        let _ = unsafe { syscall(number, args) };
    }
    exit(128 + libc::SIGABRT)
}

/// Ends the process at once with this exit status.
pub fn exit(status: i32) -> ! {
    loop {
        // SAFETY: exit_group has no memory arguments and does not return.
        let _ = unsafe { syscall(libc::SYS_exit_group, [status as usize, 0, 0, 0, 0, 0]) };
    }
}
