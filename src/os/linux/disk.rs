//! Files that the library writes: made without harm to what is there, locked, given
//! space, mapped. Only a trace is written so, and only where a program asked for one.

use super::file::File;
use super::memory;
use super::syscall::syscall;
use core::ffi::CStr;
use core::mem::MaybeUninit;

/// From here on, descriptors are out of the way of programs that count on low ones; the
/// second is for those that may have few.
const HIGH: [usize; 2] = [960, 200];

/// How often a call is made again that a signal interrupted.
const TRIES: usize = 100;

/// Most pieces that [`File::fill`] writes.
pub const PIECES: usize = 8;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link, a device, a pipe or a socket.
    Other,
}

/// Which file it is, whatever it is called. All zero: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
}

/// What stands at a path, and which file it is. The last part of the path is followed
/// where it is a symbolic link, if `follow` says so.
///
/// # Errors
/// The kernel's error number: `ENOENT` where nothing is there.
#[inline(never)] // The kernel's struct is gone from the stack when the call goes on.
pub fn look(path: &CStr, follow: bool) -> Result<(Kind, Identity), i32> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW as usize };
    let mut found = MaybeUninit::<libc::stat>::uninit();
    let args =
        [libc::AT_FDCWD as usize, path.as_ptr() as usize, found.as_mut_ptr() as usize, flags, 0, 0];
    // SAFETY: the kernel reads the path up to its NUL, and writes one such struct.
    unsafe { syscall(libc::SYS_newfstatat, args) }?;
    // SAFETY: written by the kernel.
    Ok(read(unsafe { found.assume_init_ref() }))
}

fn read(found: &libc::stat) -> (Kind, Identity) {
    let kind = match found.st_mode & libc::S_IFMT {
        libc::S_IFREG => Kind::Regular,
        libc::S_IFDIR => Kind::Directory,
        _ => Kind::Other,
    };
    (kind, Identity { device: found.st_dev, inode: found.st_ino })
}

/// Takes a name away from a file.
///
/// # Errors
/// The kernel's error number.
pub fn unlink(path: &CStr) -> Result<(), i32> {
    let args = [libc::AT_FDCWD as usize, path.as_ptr() as usize, 0, 0, 0, 0];
    // SAFETY: the kernel reads the path up to its NUL.
    unsafe { syscall(libc::SYS_unlinkat, args) }.map(|_| ())
}

/// The most bytes that a file of this process may have: beyond it, the kernel would send
/// a signal that ends the program. Without an answer there is no limit.
#[must_use]
pub fn most() -> usize {
    let mut limit = [usize::MAX; 2];
    let args = [0, libc::RLIMIT_FSIZE as usize, 0, limit.as_mut_ptr() as usize, 0, 0];
    // SAFETY: the kernel writes one `struct rlimit64` of two such numbers.
    match unsafe { syscall(libc::SYS_prlimit64, args) } {
        Ok(_) => limit[0],
        Err(_) => usize::MAX,
    }
}

impl File {
    /// Makes a file that is not there yet, to be read and written.
    ///
    /// # Errors
    /// The kernel's error number: `EEXIST` where something is at the path.
    pub fn make(path: &CStr) -> Result<Self, i32> {
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
        Self::open_as(path, flags)
    }

    /// Opens a file that is there, to be read and written; no link is followed at the
    /// end of the path.
    ///
    /// # Errors
    /// The kernel's error number.
    pub fn reopen(path: &CStr) -> Result<Self, i32> {
        Self::open_as(path, libc::O_RDWR | libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC)
    }

    /// Moves the descriptor out of the low numbers, if that is granted.
    #[must_use]
    pub fn raised(self) -> Self {
        for from in HIGH {
            let args = [self.0 as usize, libc::F_DUPFD_CLOEXEC as usize, from, 0, 0, 0];
            // SAFETY: it touches no memory.
            if let Ok(fd) = unsafe { syscall(libc::SYS_fcntl, args) } {
                // A file descriptor is an int, by the kernel's interface.
                #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
                return Self(fd as i32);
            }
        }
        self
    }

    /// Whether nobody else holds the file's lock, which is this one's then, until all
    /// copies of the descriptor are closed.
    ///
    /// # Errors
    /// The kernel's error number where files cannot be locked.
    pub fn lock(&self) -> Result<bool, i32> {
        let how = (libc::LOCK_EX | libc::LOCK_NB) as usize;
        // SAFETY: it touches no memory.
        match unsafe { syscall(libc::SYS_flock, [self.0 as usize, how, 0, 0, 0, 0]) } {
            Ok(_) => Ok(true),
            Err(libc::EWOULDBLOCK) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    /// Which file the descriptor is of, and its bytes.
    ///
    /// # Errors
    /// The kernel's error number.
    #[inline(never)] // As `look`.
    pub fn identity(&self) -> Result<(Identity, usize), i32> {
        let mut found = MaybeUninit::<libc::stat>::uninit();
        let args = [self.0 as usize, found.as_mut_ptr() as usize, 0, 0, 0, 0];
        // SAFETY: the kernel writes one such struct.
        unsafe { syscall(libc::SYS_fstat, args) }?;
        // SAFETY: written by the kernel.
        let found = unsafe { found.assume_init_ref() };
        Ok((read(found).1, usize::try_from(found.st_size).unwrap_or(0)))
    }

    /// Gives a range of the file its place on the disk, of zeros: no store into a mapping
    /// of it will find the disk full.
    ///
    /// # Errors
    /// The kernel's error number.
    pub fn allocate(&self, at: usize, n: usize) -> Result<(), i32> {
        let mut done = Err(libc::EINTR);
        for _ in 0..TRIES {
            let args = [self.0 as usize, 0, at, n, 0, 0];
            // SAFETY: it touches no memory.
            done = unsafe { syscall(libc::SYS_fallocate, args) };
            if done != Err(libc::EINTR) {
                break;
            }
        }
        done.map(|_| ())
    }

    /// Writes a range of the file with zeros, `zeros` of them at a time, in one call; less
    /// of it where the kernel stops, or the range is longer than `PIECES` such pieces.
    ///
    /// # Errors
    /// The kernel's error number.
    pub fn fill(&self, at: usize, n: usize, zeros: &[u64]) -> Result<(), i32> {
        let piece = size_of_val(zeros).min(n).max(1);
        let pieces = [[zeros.as_ptr() as usize, piece]; PIECES];
        let count = PIECES.min(n / piece);
        let args = [self.0 as usize, pieces.as_ptr() as usize, count, at, 0, 0];
        // SAFETY: the kernel reads so many pairs of an address and a size, and at most `zeros`
        // by each.
        unsafe { syscall(libc::SYS_pwritev, args) }.map(|_| ())
    }

    /// Writes all of it from an offset on.
    ///
    /// # Errors
    /// The kernel's error number; a part may have been written.
    pub fn write_at(&self, mut at: usize, mut bytes: &[u8]) -> Result<(), i32> {
        while !bytes.is_empty() {
            let args = [self.0 as usize, bytes.as_ptr() as usize, bytes.len(), at, 0, 0];
            // SAFETY: the kernel reads at most `bytes.len()` bytes.
            match unsafe { syscall(libc::SYS_pwrite64, args) } {
                Ok(0) => return Err(libc::EIO),
                Ok(n) => {
                    at += n;
                    bytes = bytes.get(n..).unwrap_or_default();
                }
                Err(libc::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Maps a range of the file, shared with it.
    ///
    /// # Errors
    /// The kernel's error number.
    pub fn map(&self, at: usize, n: usize) -> Result<usize, i32> {
        memory::map_file(self.0, at, n)
    }
}
