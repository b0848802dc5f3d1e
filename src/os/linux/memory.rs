//! Mappings: the system calls, and what is made of them.
//!
//! Only calls that Go's runtime makes on Linux too, since a program's filter (seccomp)
//! may have been written for those: `mmap`, `munmap`, `madvise`, and `mprotect`, which
//! Go's `sysFaultOS` uses.

use super::arch::{HUGE_PAGE, LEAST_PAGE};
use super::proc::{Unreadable, obstacle};
use super::syscall::syscall;
use crate::addr::{align_down, align_up, clear, copy};
use crate::error::Error;
use crate::os::Hint;

/// The protection of memory in use.
pub const READ_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;

/// Maps fresh pages at exactly `[at, at+n)`, where nothing is mapped.
///
/// # Errors
/// `EEXIST`: something is. Else the kernel's error number.
pub fn map(at: usize, n: usize, protection: i32) -> Result<(), i32> {
    let flags = libc::MAP_FIXED_NOREPLACE | libc::MAP_NORESERVE;
    // SAFETY: not MAP_FIXED, so no mapping is touched.
    let got = unsafe { mmap(at, n, protection, flags) }?;
    if got == at {
        return Ok(());
    }
    // A kernel before 4.17 takes the address as a mere hint, and goes elsewhere when
    // it is taken.
    // SAFETY: mapped just now, and nobody has seen it.
    let _ = unsafe { munmap(got, n) };
    Err(libc::EEXIST)
}

/// Maps fresh pages where the kernel likes; gives their address.
///
/// # Errors
/// The kernel's error number.
pub fn map_anywhere(n: usize, protection: i32) -> Result<usize, i32> {
    // SAFETY: not MAP_FIXED, so no mapping is touched.
    unsafe { mmap(0, n, protection, libc::MAP_NORESERVE) }
}

/// Whether anything is mapped at an address; `None`: that cannot be told.
///
/// Asked by a hint that the page will be needed soon, which changes nothing, and which
/// Linux refuses with `ENOMEM` where nothing is mapped. What else comes of it says
/// little: other kernels grant it for any address, and a filter may refuse it for any.
pub fn is_mapped(at: usize) -> Option<bool> {
    // SAFETY: it changes no contents, whosever they are.
    let hint = unsafe { madvise(at, LEAST_PAGE, libc::MADV_WILLNEED) };
    if hint == Err(libc::ENOMEM) {
        return Some(false);
    }
    match obstacle(at, at + LEAST_PAGE) {
        Ok(found) => Some(found.is_some()),
        Err(Unreadable) => hint.is_ok().then_some(true),
    }
}

/// Puts fresh pages in the place of a range of the layer's: they are zero, are not
/// locked, unless all that the process maps is, and have this protection.
///
/// # Errors
/// The kernel's error number; the range is as before.
///
/// # Safety
/// The range is the layer's, and its contents are forfeit.
pub unsafe fn replace(at: usize, n: usize, protection: i32) -> Result<(), i32> {
    // SAFETY: the caller's promise.
    let done = unsafe { mmap(at, n, protection, libc::MAP_FIXED | libc::MAP_NORESERVE) };
    // Kernels before 6.12 can fail when the old pages are gone already, and leave a hole;
    // it is filled, unless the range is still there.
    done.map(|_| ()).or_else(|errno| map(at, n, protection).map_err(|_| errno))
}

/// Takes the pages of a range back, so that it reads as zero.
///
/// # Errors
/// The kernel's error number; all pages may still be there.
///
/// # Safety
/// The range is the layer's, and its contents are forfeit.
pub unsafe fn discard(at: usize, n: usize) -> Result<(), i32> {
    // SAFETY: the caller's promise.
    unsafe { madvise(at, n, libc::MADV_DONTNEED) }
}

/// Takes the pages of a range back, or puts fresh ones in their place where the kernel
/// does not: when they are locked, or a filter refuses, as in Go's `sysUnusedOS`. It
/// reads as zero then, and can be accessed.
///
/// # Errors
/// The kernel's error number; all pages may still be there.
///
/// # Safety
/// As [`discard`].
pub unsafe fn release(at: usize, n: usize) -> Result<(), i32> {
    // SAFETY: the caller's promise.
    let discarded = unsafe { discard(at, n) };
    // SAFETY: as above.
    discarded.or_else(|_| unsafe { replace(at, n, READ_WRITE) })
}

/// Changes the protection of a range.
///
/// # Errors
/// The kernel's error number; it may have been changed for a part.
///
/// # Safety
/// The range is the layer's, and nobody relies on how it can be accessed.
pub unsafe fn protect(at: usize, n: usize, protection: i32) -> Result<(), i32> {
    // SAFETY: the caller's promise.
    unsafe { syscall(libc::SYS_mprotect, [at, n, protection as usize, 0, 0, 0]) }.map(|_| ())
}

/// Has a range fault, and gives its pages back: fresh ones that cannot be accessed take
/// their place. Where the kernel makes no new mapping, as when all that can be locked
/// is, the old one is closed and emptied.
///
/// # Errors
/// The kernel's error number; the range can be accessed, unless that was refused too, and
/// its contents may be gone.
///
/// # Safety
/// The contents are forfeit, and the range is the layer's.
pub unsafe fn fault(at: usize, n: usize) -> Result<(), i32> {
    // SAFETY: the caller's promise.
    if unsafe { replace(at, n, libc::PROT_NONE) }.is_ok() {
        return Ok(());
    }
    // SAFETY: as above.
    let closed = unsafe { protect(at, n, libc::PROT_NONE) };
    // SAFETY: as above.
    let done = closed.and_then(|()| unsafe { discard(at, n) });
    // Of several mappings the kernel may have closed the first, and what it does not
    // take back is still there: all is opened, and nobody has to fear old bytes.
    done.inspect_err(|_| {
        // SAFETY: as above.
        if unsafe { protect(at, n, READ_WRITE) }.is_ok() {
            // SAFETY: as above, and it can be written.
            unsafe { clear(at, n) };
        }
    })
}

/// Passes on a hint about huge pages. It may be refused for many good reasons, about
/// none of which the caller could do anything, so the result is ignored, as in Go.
///
/// # Safety
/// The range is the layer's.
pub unsafe fn huge_pages(hint: Hint, at: usize, n: usize) {
    let (from, to, advice) = match hint {
        // Those that lie inside, if any do.
        Hint::HugePage => (
            align_up(at, HUGE_PAGE).unwrap_or(usize::MAX),
            align_down(at + n, HUGE_PAGE),
            libc::MADV_HUGEPAGE,
        ),
        Hint::NoHugePage => (at, at + n, libc::MADV_NOHUGEPAGE),
        _ => (at, at + n, libc::MADV_COLLAPSE),
    };
    if from < to {
        // SAFETY: such a hint changes no contents.
        let _ = unsafe { madvise(from, to - from, advice) };
    }
}

/// [`Os::resize`](crate::os::Os::resize). A range grows by moving, and shrinks in its
/// place, by whole pages.
///
/// # Errors
/// The kernel's error number; never when it shrinks.
///
/// # Safety
/// As there.
pub unsafe fn resize(at: usize, old: usize, new: usize, page_shift: u32) -> Result<usize, i32> {
    if new <= old {
        // What is mapped of the last page stays with it.
        let kept = align_up(new, 1 << page_shift).unwrap_or(old);
        if kept < old {
            // SAFETY: the caller's promise.
            let _ = unsafe { munmap(at + kept, old - kept) };
        }
        return Ok(if new == 0 { 0 } else { at });
    }
    let to = map_anywhere(new, READ_WRITE)?;
    if old != 0 {
        // SAFETY: the caller's promise, and the new range is nobody's yet.
        unsafe { copy(at, to, old) };
        // SAFETY: the caller's promise.
        let _ = unsafe { munmap(at, old) };
    }
    Ok(to)
}

/// Maps a page, zeroed, that a child of fork finds zeroed again, whatever the
/// parent wrote to it. Before Linux 4.14 the child finds what the parent wrote.
///
/// # Errors
/// [`Error::NoMem`].
pub fn map_wiped_on_fork() -> Result<usize, Error> {
    let at = map_anywhere(LEAST_PAGE, READ_WRITE).map_err(|_| Error::NoMem)?;
    // SAFETY: mapped just now, and nobody has seen it.
    let _ = unsafe { wipe_on_fork(at) };
    Ok(at)
}

/// Has a child of fork find a page zeroed. False: the kernel does not do that.
///
/// # Safety
/// The page is the layer's; a child relies on nothing that is in it.
#[must_use]
pub unsafe fn wipe_on_fork(at: usize) -> bool {
    // SAFETY: the caller's promise; the advice changes nothing in this process.
    unsafe { madvise(at, LEAST_PAGE, libc::MADV_WIPEONFORK) }.is_ok()
}

/// Gives back what [`map_wiped_on_fork`] gave.
///
/// # Safety
/// Nobody uses the page any more.
pub unsafe fn unmap_wiped_on_fork(at: usize) {
    // SAFETY: the caller's promise.
    let _ = unsafe { munmap(at, LEAST_PAGE) };
}

/// Gives a range back. Where the kernel refuses, for want of a map entry or by a
/// filter, the range stays mapped, which costs memory and does no harm.
///
/// # Errors
/// The kernel's error number.
///
/// # Safety
/// Nobody uses the range.
pub unsafe fn munmap(at: usize, n: usize) -> Result<(), i32> {
    // SAFETY: the caller's promise.
    unsafe { syscall(libc::SYS_munmap, [at, n, 0, 0, 0, 0]) }.map(|_| ())
}

/// The system call.
///
/// # Errors
/// The kernel's error number.
///
/// # Safety
/// The range is the layer's, and the advice does not take what somebody relies on.
pub unsafe fn madvise(at: usize, n: usize, advice: i32) -> Result<(), i32> {
    // SAFETY: the caller's promise.
    unsafe { syscall(libc::SYS_madvise, [at, n, advice as usize, 0, 0, 0]) }.map(|_| ())
}

/// Maps a range of a file where the kernel likes, shared with it; gives its address.
///
/// # Errors
/// The kernel's error number.
pub fn map_file(fd: i32, at: usize, n: usize) -> Result<usize, i32> {
    let args = [0, n, READ_WRITE as usize, libc::MAP_SHARED as usize, fd as usize, at];
    // SAFETY: not MAP_FIXED, so no mapping is touched.
    unsafe { syscall(libc::SYS_mmap, args) }
}

/// # Safety
/// With `MAP_FIXED`, the range is the layer's, and its contents are forfeit.
unsafe fn mmap(at: usize, n: usize, protection: i32, flags: i32) -> Result<usize, i32> {
    let flags = flags | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: the caller's promise.
    unsafe { syscall(libc::SYS_mmap, [at, n, protection as usize, flags as usize, usize::MAX, 0]) }
}
