//! Sleeping, and waking those who sleep.

use super::syscall::syscall;
use core::ptr::null;
use core::sync::atomic::AtomicU64;

const _: () = assert!(cfg!(target_endian = "little"), "the low half of a word comes first");

/// Sleeps while the low half of `*word` is that of `expected`, or until
/// [`futex_wake`]; may wake early.
#[expect(clippy::cast_possible_truncation, reason = "the kernel compares 32 bits")]
pub fn futex_wait(word: &AtomicU64, expected: u64) {
    // SAFETY: the word outlives the call, and its low half comes first.
    unsafe { futex(libc::FUTEX_WAIT, word.as_ptr().cast(), expected as u32, null()) }
}

/// Wakes one thread that sleeps in [`futex_wait`] on this word.
pub fn futex_wake(word: &AtomicU64) {
    // SAFETY: the kernel uses the address as a key only.
    unsafe { futex(libc::FUTEX_WAKE, word.as_ptr().cast(), 1, null()) }
}

/// Sleeps for about so many nanoseconds, less than a second, or until a signal comes.
/// It is a futex that nobody wakes: a program that is allowed few system calls has
/// to allow that one anyway.
pub fn sleep(nanoseconds: u32) {
    let (word, time) = (0_u32, [0, nanoseconds as usize]);
    // SAFETY: both outlive the call, and the time is no seconds and these nanoseconds.
    unsafe { futex(libc::FUTEX_WAIT, &raw const word, word, &raw const time) }
}

/// The system call, among threads of this process. What it says is of no use: whoever
/// slept has to look again anyway.
///
/// # Safety
/// The kernel may read the word and the time, seconds and nanoseconds, unless it is
/// null.
unsafe fn futex(op: libc::c_int, word: *const u32, value: u32, time: *const [usize; 2]) {
    let op = (op | libc::FUTEX_PRIVATE_FLAG) as usize;
    // SAFETY: the caller's promise; the kernel writes nothing.
    let _ = unsafe {
        syscall(libc::SYS_futex, [word as usize, op, value as usize, time as usize, 0, 0])
    };
}
