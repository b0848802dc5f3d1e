//! What a Go root and the one made from it looked like when they were right, so that a
//! start need not look at all of their 15,000 files.
//!
//! A start that finds both as they were seen uses the root; any other looks at
//! everything. What is compared decides what is noticed:
//!
//! - Every directory of both, by inode, mtime and ctime. A file that is added, removed or
//!   replaced by another one (as tar, package managers and most editors do) changes its
//!   directory, and the kernel alone sets ctime.
//! - The files that decide which Go it is, and the tools, by inode, size and mtime.
//! - The files that gosbrk replaces, by what they hold (`root.rs`), on both sides.
//! - Where the root has copies: every file of both that a build may read, the same way.
//!   Where it has links, an edit in place is in both at once, since they are one file, and
//!   the go command looks at what its sources hold by itself.
//!
//! A file's ctime counts nowhere: making another link to it changes that too.

use crate::tree::Tree;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs::{Metadata, symlink_metadata};
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, available_parallelism, scope};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The first line of the file, which names the format.
const FORMAT: &[u8] = b"gosbrk seen 1";

/// Changes within a file system's tick have the same time. What changed less than this
/// before it was looked at may change again without a difference.
const TICK: Duration = Duration::from_secs(2);

/// A hash of what entries were.
type Look = [u8; 32];

/// A Go root and the one made from it, as they were seen.
pub struct Seen {
    /// Entries of both, a directory with a slash behind it.
    paths: Vec<PathBuf>,
    /// Whether the one that was made is of links alone.
    linked: bool,
    origin: Look,
    root: Look,
}

impl Seen {
    /// Looks at a root that was just made from `tree`; `linked`: of links alone.
    pub fn new(tree: &Tree, root: &Path, linked: bool, scanned: SystemTime) -> Self {
        let [origin, of_root] = [Look::default(); 2];
        let mut seen = Self { paths: Vec::new(), linked, origin, root: of_root };
        let mut hash = Sha256::new();
        let mut newest = (0, 0);
        for (path, metadata) in tree.entries() {
            let looked_at = if linked { decides(path) } else { is_built_from(path) };
            if !metadata.is_dir() && !looked_at || metadata.is_symlink() {
                continue;
            }
            if metadata.is_dir() || !linked {
                newest = newest.max((metadata.ctime(), metadata.ctime_nsec()));
            }
            hash.update(entry(metadata));
            seen.paths.push(if metadata.is_dir() { path.join("") } else { path.into() });
        }
        let settled =
            scanned.checked_sub(TICK).and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let is_old = |time: Duration| {
            let time = (i64::try_from(time.as_secs()).unwrap_or(0), i64::from(time.subsec_nanos()));
            newest < time
        };
        if settled.is_some_and(is_old) {
            seen.origin = hash.finalize().into();
        }
        seen.look_at_root(root);
        seen
    }

    /// Looks at the root again, which was changed on purpose.
    pub fn look_at_root(&mut self, root: &Path) {
        self.root = look(root, &self.paths);
    }

    /// Whether the Go root that the other was made from is as it was.
    pub fn origin_is_same(&self, origin: &Path) -> bool {
        look(origin, &self.paths) == self.origin
    }

    /// Whether the root that was made is as it was.
    pub fn root_is_same(&self, root: &Path) -> bool {
        look(root, &self.paths) == self.root
    }

    /// Whether the root that was made is of links alone.
    pub const fn is_linked(&self) -> bool {
        self.linked
    }

    /// Reads what was seen; nothing where there is no such file, or not a whole one.
    pub fn read(file: &Path) -> Option<Self> {
        let bytes = std::fs::read(file).ok()?;
        let (bytes, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
        if Sha256::digest(bytes).as_slice() != sum {
            return None;
        }
        let rest = bytes.strip_prefix(FORMAT)?;
        let ([linked], rest) = rest.split_first_chunk()?;
        let (origin, rest) = rest.split_first_chunk()?;
        let (root, rest) = rest.split_first_chunk()?;
        let paths = rest.split(|&byte| byte == 0).map(|path| OsStr::from_bytes(path).into());
        let paths = paths.collect();
        Some(Self { paths, linked: *linked != 0, origin: *origin, root: *root })
    }

    /// Keeps what was seen in a file, in one step.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let mut bytes = [FORMAT, &[u8::from(self.linked)], &self.origin, &self.root].concat();
        let paths = self.paths.iter().map(|path| path.as_os_str().as_bytes());
        bytes.extend(paths.collect::<Vec<_>>().join(&0));
        let sum = Sha256::digest(&bytes);
        bytes.extend(sum);
        let cannot = || format!("cannot write {}", file.display());
        let mut whole =
            tempfile::NamedTempFile::with_prefix_in("making-", file.parent().with_context(cannot)?)
                .with_context(cannot)?;
        std::io::Write::write_all(&mut whole, &bytes).with_context(cannot)?;
        whole.persist(file).with_context(cannot)?;
        Ok(())
    }
}

/// Whether a file says which Go it is, or is a tool of it.
fn decides(path: &Path) -> bool {
    path == Path::new("VERSION") || path.starts_with("bin") || path.starts_with("pkg")
}

/// Whether a build may read a file. The others, half of all, are for Go's own tests and
/// for people.
fn is_built_from(path: &Path) -> bool {
    let top = ["api", "doc", "misc", "test"];
    !top.iter().any(|top| path.starts_with(top)) && path.iter().all(|part| part != "testdata")
}

/// What is compared of an entry.
fn entry(metadata: &Metadata) -> [u8; 48] {
    let [a, b] = if metadata.is_dir() {
        [metadata.ctime(), metadata.ctime_nsec()].map(i64::to_le_bytes)
    } else {
        [metadata.size(), 0].map(u64::to_le_bytes)
    };
    let mode = u64::from(metadata.mode()).to_le_bytes();
    let [seconds, nanoseconds] = [metadata.mtime(), metadata.mtime_nsec()].map(i64::to_le_bytes);
    let mut bytes = [0; 48];
    let parts = [mode, metadata.ino().to_le_bytes(), seconds, nanoseconds, a, b];
    bytes.copy_from_slice(parts.as_flattened());
    bytes
}

/// The entries of a root as they are now; one that is not there is one of zeros.
fn look(root: &Path, paths: &[PathBuf]) -> Look {
    /// What a thread takes at a time. Two roots of links alone are not worth a thread.
    const SHARE: usize = 2000;
    /// A thread does little more than call the kernel.
    const STACK: usize = 128 << 10;
    let mut entries = vec![[0; 48]; paths.len()];
    let shares = Mutex::new(paths.chunks(SHARE).zip(entries.chunks_mut(SHARE)));
    let work = || {
        loop {
            let next = shares.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((paths, entries)) = next else { break };
            for (path, place) in paths.iter().zip(entries) {
                *place = followed(&root.join(path)).map_or([0; 48], |metadata| entry(&metadata));
            }
        }
    };
    let processors = available_parallelism().map_or(1, NonZero::get).min(4);
    scope(|scope| {
        for _ in 1..processors.min(paths.len().div_ceil(SHARE)) {
            // Where a limit allows no thread, this one does it all.
            let _ = Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        }
        work();
    });
    let mut hash = Sha256::new();
    hash.update(entries.as_flattened());
    hash.finalize().into()
}

/// What is at a path, a symbolic link followed.
fn followed(path: &Path) -> Option<Metadata> {
    let metadata = symlink_metadata(path).ok()?;
    if metadata.is_symlink() { std::fs::metadata(path).ok() } else { Some(metadata) }
}
