//! Files, by descriptor: what the library reads of `/proc`, and the trace it writes.

use super::syscall::syscall;
use core::ffi::CStr;

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
