//! The Go roots in the user's cache: made once, found again, cleared away.
//!
//! A root's name says all that it was made from, so a root is never changed: what
//! is there is right, and when anything has changed the name is another one.

use crate::cache;
use crate::layout::Build;
use crate::origin;
use crate::source::{NewFile, hex, new_files};
use crate::toolchain::Toolchain;
use crate::tree::{Tree, put};
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs::{File, FileTimes, read_dir, remove_dir_all, rename};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long a root that is out of date is kept for whoever still uses it.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// A Go root with gosbrk in it, from the cache, or made now.
///
/// # Errors
/// This Go is not known, or the root cannot be made.
pub fn get(toolchain: &Toolchain, build: Build) -> Result<PathBuf> {
    let from = toolchain.root();
    let files = new_files(from, toolchain.version(), build)?;
    let tree = Tree::scan(from)?;
    let kind = format!("{}-{}", toolchain.version().replace(' ', "_"), build.name());
    let name = format!("{kind}-{}", &key(from, &tree, &files)[..16]);
    let cache = cache::dir()?;
    let root = cache.join(&name);
    if !root.exists() {
        let lock = cache::lock(&cache)?;
        if !root.exists() {
            make(&cache, &root, from, &tree, &files)?;
        }
        clear_away(&cache, from, &kind, &name);
        drop(lock);
    }
    let now = FileTimes::new().set_modified(SystemTime::now());
    // Only clearing away looks at it.
    let _ =
        File::options().append(true).open(root.join(origin::FILE)).and_then(|f| f.set_times(now));
    Ok(root)
}

/// Everything that a root is made from, in one hash.
fn key(from: &Path, tree: &Tree, files: &[NewFile]) -> String {
    let mut hash = Sha256::new();
    hash.update(from.as_os_str().as_encoded_bytes());
    tree.fingerprint(&mut hash);
    for NewFile { path, bytes } in files {
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update(Sha256::digest(bytes));
    }
    hex(&hash.finalize())
}

/// Makes a root beside its place and moves it there when it is whole.
fn make(cache: &Path, root: &Path, from: &Path, tree: &Tree, files: &[NewFile]) -> Result<()> {
    let making = tempfile::Builder::new().prefix("making-").tempdir_in(cache)?;
    tree.link_to(making.path())?;
    for file in files {
        put(making.path(), file)?;
    }
    std::fs::write(making.path().join(origin::FILE), format!("{}\n", from.display()))?;
    rename(making.path(), root).with_context(|| format!("cannot make {}", root.display()))?;
    // It is not there any more, so there is nothing to clear away.
    let _ = making.keep();
    Ok(())
}

/// Removes roots that nobody will ask for again: made from this Go root in
/// another state, or from one that is gone; and what a `gosbrk` that was stopped
/// left half made. The cache is locked. What cannot be removed stays.
fn clear_away(cache: &Path, from: &Path, kind: &str, newest: &str) {
    for entry in read_dir(cache).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let Some(name) = name.to_str() else { continue };
        let outdated = origin::of(&path).is_some_and(|origin| {
            !origin.exists() || origin == from && name.starts_with(kind) && name != newest
        });
        let used = path.join(origin::FILE).metadata().and_then(|metadata| metadata.modified());
        let idle = used.is_ok_and(|used| used.elapsed().is_ok_and(|time| time > GRACE));
        if outdated && idle || name.starts_with("making-") {
            let _ = remove_dir_all(path);
        }
    }
}
