//! Where the Go roots are kept.

use crate::hint::Hinted;
use crate::progress::PATIENCE;
use anyhow::{Context, Result};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::env::var_os;
use std::fs::File;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// `gosbrk` in the user's cache directory, made if it was not there.
///
/// # Errors
/// There is no home directory, or it cannot be written to.
pub fn dir() -> Result<PathBuf> {
    let absolute = |name| var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute());
    let dir = absolute("XDG_CACHE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".cache")))
        .ok_or_else(|| {
            Hinted::new(
                "no directory for the Go root: HOME and XDG_CACHE_HOME name none",
                "set HOME or XDG_CACHE_HOME to an absolute path",
            )
        })?
        .join("gosbrk");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(dir)
}

/// Waits until no other `gosbrk` changes the cache, and keeps all others out for
/// as long as the file lives. A long wait is told.
///
/// # Errors
/// The lock file cannot be made.
pub fn lock(dir: &std::path::Path) -> Result<File> {
    let path = dir.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    let cannot = || format!("cannot lock {}", path.display());
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => sleep(Duration::from_millis(20)),
            done => return done.map(|()| file).with_context(cannot),
        }
    }
    eprintln!("gosbrk: waiting for another gosbrk, which is making a Go root");
    flock(&file, FlockOperation::LockExclusive).with_context(cannot)?;
    Ok(file)
}
