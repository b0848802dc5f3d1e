//! Linux on x86-64: system calls made directly, since the library may stand in
//! a program that has no libc.
#![allow(clippy::cast_sign_loss, reason = "registers carry the kernel's ints as their bits")]

mod clear;
mod futex;
mod memory;
pub(crate) mod proc;
#[cfg(any(feature = "flat", test))]
pub mod whole;

use super::{Hint, Os};
use crate::addr::{self, align_up};
use crate::error::Error;
use core::arch::asm;
use core::ffi::CStr;

pub use futex::{futex_wait, futex_wake, nap};
use memory::{READ_WRITE, munmap};

/// Where a segment goes by choice: 256 GiB, then further ones 1 TiB apart. They
/// stand half a TiB below the addresses that Go before 1.26 tries for its heap (later
/// on it begins anywhere), outside what the kernel picks for itself, and inside what
/// the thread and memory sanitizers leave to programs.
pub const FIRST_CHOICE: usize = 0x40 << 32;
const CHOICE_STRIDE: usize = 1 << 40;
const CHOICES: usize = 16;

/// Alignment of a segment: at least 4 GiB, so that rounding an absolute address
/// gives the offset that Go gets with its memory at 0; 64 MiB where address
/// space is short.
const BASE_ALIGN: usize = 4 << 30;
const BASE_ALIGN_SHORT: usize = 64 << 20;

/// The unit the kernel maps in.
const PAGE: usize = 4096;

/// The kernel this program runs on. It holds no state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linux;

impl Os for Linux {
    fn place(&mut self, at: usize, n: usize, align: usize) -> Result<usize, Error> {
        if at != 0 {
            return self.map(at, n).map(|()| at);
        }
        let choices = (0..CHOICES).map(|i| Some(FIRST_CHOICE + i * CHOICE_STRIDE));
        let aligns = [BASE_ALIGN, BASE_ALIGN_SHORT, align];
        for base in choices.chain(aligns.map(roomiest)).flatten() {
            if self.map(base, n).is_ok() {
                return Ok(base);
            }
        }
        Err(Error::NoMem)
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        memory::map(at, n, READ_WRITE).map_err(error_of)
    }

    unsafe fn unmap(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        let _ = unsafe { munmap(at, n) };
    }

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        // SAFETY: the caller's promise.
        unsafe { memory::resize(at, old, new) }.map_err(|_| Error::NoMem)
    }

    fn is_mapped(&self, at: usize) -> Option<bool> {
        memory::is_mapped(at)
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        let refused = |_| Error::NoMem;
        match hint {
            // SAFETY: the contents are forfeit, by the caller's promise.
            Hint::Release => unsafe { memory::release(at, n) }.map_err(refused),
            // Not replaced by fresh pages: a part may be open, and in use.
            // SAFETY: the range is the segment's, by the caller's promise.
            Hint::Access => unsafe { memory::protect(at, n, READ_WRITE) }.map_err(refused),
            // SAFETY: as above, and the contents are forfeit.
            Hint::Fault => unsafe { fault(at, n) }.map_err(refused),
            Hint::HugePage | Hint::NoHugePage | Hint::Collapse => {
                // SAFETY: the range is the segment's, by the caller's promise.
                unsafe { memory::huge_pages(hint, at, n) };
                Ok(())
            }
        }
    }

    unsafe fn clear(&mut self, at: usize, n: usize, warm: bool) {
        // SAFETY: the caller's promise.
        unsafe { clear::clear(at, n, warm) };
    }

    fn resident(&self, at: usize, n: usize) -> usize {
        proc::resident(at, n).unwrap_or(0)
    }
}

/// Has a range fault, and gives its pages back: fresh ones that cannot be accessed take
/// their place. Where the kernel makes no new mapping, as when all that can be locked
/// is, the old one is closed and emptied.
///
/// # Safety
/// The contents are forfeit, and the range is the layer's.
unsafe fn fault(at: usize, n: usize) -> Result<(), i32> {
    // SAFETY: the caller's promise.
    if unsafe { memory::replace(at, n, libc::PROT_NONE) }.is_ok() {
        return Ok(());
    }
    // SAFETY: as above.
    let closed = unsafe { memory::protect(at, n, libc::PROT_NONE) };
    // SAFETY: as above.
    let done = closed.and_then(|()| unsafe { memory::discard(at, n) });
    // Of several mappings the kernel may have closed the first, and what it does not
    // take back is still there: all is opened, and nobody has to fear old bytes.
    done.inspect_err(|_| {
        // SAFETY: as above.
        if unsafe { memory::protect(at, n, READ_WRITE) }.is_ok() {
            // SAFETY: as above, and it can be written.
            unsafe { addr::clear(at, n) };
        }
    })
}

/// An aligned address in the largest room the kernel has left to give.
fn roomiest(align: usize) -> Option<usize> {
    let n = 2 * align;
    let at = memory::map_anywhere(n, libc::PROT_NONE).ok()?;
    // SAFETY: mapped just now, and nobody has seen it.
    let _ = unsafe { munmap(at, n) };
    align_up(at, align)
}

/// What it means that the kernel did not make a mapping.
fn error_of(errno: i32) -> Error {
    if errno == libc::EEXIST { Error::ForeignBreak } else { Error::NoMem }
}

/// A file that the library opened.
#[derive(Debug)]
pub struct File(i32);

impl File {
    /// Opens for reading, or with `create` for appending to a new, empty file.
    ///
    /// # Errors
    /// The kernel's error number.
    pub fn open(path: &CStr, create: bool) -> Result<Self, i32> {
        let flags = if create {
            libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND
        } else {
            libc::O_RDONLY
        } | libc::O_CLOEXEC;
        let at = libc::AT_FDCWD as usize;
        // SAFETY: the kernel reads the path up to its NUL.
        let fd = unsafe {
            syscall(libc::SYS_openat, [at, path.as_ptr() as usize, flags as usize, 0o666, 0, 0])
        }?;
        // A file descriptor is an int, by the kernel's interface.
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        Ok(Self(fd as i32))
    }

    /// Reads some bytes, at least one unless the end is reached; tries again
    /// when a signal comes between.
    ///
    /// # Errors
    /// The kernel's error number.
    pub fn read(&self, into: &mut [u8]) -> Result<usize, i32> {
        loop {
            let args = [self.0 as usize, into.as_mut_ptr() as usize, into.len(), 0, 0, 0];
            // SAFETY: the kernel writes at most `into.len()` bytes there.
            match unsafe { syscall(libc::SYS_read, args) } {
                Err(libc::EINTR) => {}
                done => return done,
            }
        }
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// The kernel's error number; a part may have been written.
    pub fn write(&self, bytes: &[u8]) -> Result<(), i32> {
        write_all(self.0, bytes)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is this value's own.
        let _ = unsafe { syscall(libc::SYS_close, [self.0 as usize, 0, 0, 0, 0, 0]) };
    }
}

/// Writes a message to standard error; there is nowhere to report a failure.
pub fn say(message: &[u8]) {
    let _ = write_all(libc::STDERR_FILENO, message);
}

fn write_all(fd: i32, mut bytes: &[u8]) -> Result<(), i32> {
    while !bytes.is_empty() {
        // SAFETY: the kernel reads at most `bytes.len()` bytes.
        let done = unsafe {
            syscall(libc::SYS_write, [fd as usize, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0])
        };
        match done {
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(libc::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

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

fn process_id() -> usize {
    // SAFETY: getpid has no arguments and cannot fail.
    unsafe { syscall(libc::SYS_getpid, [0; 6]) }.unwrap_or(0)
}

/// Whether programs may ask the processor for [`fs_base`]: since Linux 5.9, on
/// what was made since 2012.
#[must_use]
pub fn has_fs_base() -> bool {
    const AT_HWCAP2: u64 = 26;
    const FSGSBASE: u64 = 1 << 1;
    auxv(AT_HWCAP2).is_some_and(|bits| bits & FSGSBASE != 0)
}

/// Where the calling thread keeps its thread-local storage: no other thread has
/// the same, if it has any; 0: it has none, or the processor cannot be asked.
///
/// # Safety
/// `readable` only if [`has_fs_base`].
#[must_use]
pub unsafe fn fs_base(readable: bool) -> u64 {
    let mut base = 0;
    if readable {
        // SAFETY: the instruction reads a register, and may be used by the caller's
        // promise.
        unsafe { asm!("rdfsbase {}", out(reg) base, options(nomem, nostack, preserves_flags)) };
    }
    base
}

/// The entry with this key of what the kernel tells every process; `None`: there
/// is none, or it cannot be read.
#[inline(never)] // The buffer is gone when the call goes on.
#[must_use]
pub fn auxv(key: u64) -> Option<u64> {
    const AT_NULL: u64 = 0;
    let file = File::open(c"/proc/self/auxv", false).ok()?;
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

/// Maps a page, zeroed, that a child of fork finds zeroed again, whatever the
/// parent wrote to it. Before Linux 4.14 the child finds what the parent wrote.
///
/// # Errors
/// [`Error::NoMem`].
pub fn map_wiped_on_fork() -> Result<usize, Error> {
    let at = memory::map_anywhere(PAGE, READ_WRITE).map_err(|_| Error::NoMem)?;
    // SAFETY: mapped just now; the advice changes nothing in this process.
    let _ = unsafe { memory::madvise(at, PAGE, libc::MADV_WIPEONFORK) };
    Ok(at)
}

/// Gives back what [`map_wiped_on_fork`] gave.
///
/// # Safety
/// Nobody uses the page any more.
pub unsafe fn unmap_wiped_on_fork(at: usize) {
    // SAFETY: the caller's promise.
    let _ = unsafe { munmap(at, PAGE) };
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

/// One system call; `Err` has the kernel's error number.
///
/// # Safety
/// What the call named by `number` demands of its arguments.
// The kernel's interface is in registers: signed numbers travel as their bits.
#[expect(clippy::cast_possible_truncation)]
unsafe fn syscall(number: libc::c_long, args: [usize; 6]) -> Result<usize, i32> {
    let result: isize;
    // SAFETY: the instruction clobbers rcx and r11 and returns in rax; memory is
    // not declared untouched. What the call does is the caller's promise.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    if (-4095..0).contains(&result) { Err(-result as i32) } else { Ok(result as usize) }
}
