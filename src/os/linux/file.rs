//! Files, by descriptor: what the library reads of `/proc`, and its messages.

use super::syscall::syscall;
use core::ffi::CStr;

/// A file that the library opened.
#[derive(Debug)]
pub struct File(pub(super) i32);

impl File {
    /// Opens for reading.
    ///
    /// # Errors
    /// The kernel's error number.
    pub fn open(path: &CStr) -> Result<Self, i32> {
        Self::open_as(path, libc::O_RDONLY | libc::O_CLOEXEC)
    }

    pub(super) fn open_as(path: &CStr, flags: i32) -> Result<Self, i32> {
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

    /// Makes a request (`ioctl`) with an argument; gives what the kernel answers.
    ///
    /// # Errors
    /// The kernel's error number.
    ///
    /// # Safety
    /// The argument is what that request takes, and so is what it points to.
    pub unsafe fn control<T>(&self, request: usize, argument: *mut T) -> Result<usize, i32> {
        let args = [self.0 as usize, request, argument as usize, 0, 0, 0];
        // SAFETY: the caller's promise.
        unsafe { syscall(libc::SYS_ioctl, args) }
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
    let mut rest = message;
    while !rest.is_empty() {
        let args = [libc::STDERR_FILENO as usize, rest.as_ptr() as usize, rest.len(), 0, 0, 0];
        // SAFETY: the kernel reads at most `rest.len()` bytes.
        match unsafe { syscall(libc::SYS_write, args) } {
            Ok(n) => rest = rest.get(n..).unwrap_or_default(),
            Err(libc::EINTR) => {}
            Err(_) => return,
        }
    }
}
