//! The go command of a root whose tools are on gosbrk, for shells in which the stock one
//! does not start.

use crate::cache;
use crate::origin;
use crate::start::{Failure, output};
use std::env::{split_paths, var_os};
use std::ffi::{OsStr, OsString};
use std::fs::read_dir;
use std::iter::once;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file in a root that says that the tools in it are on gosbrk.
pub const FILE: &str = "gosbrk-tools";

/// The directory in the cache that has them under the names of their releases, as the go
/// command looks for another release in PATH.
pub const BY_RELEASE: &str = "by-release";

/// Whether the tools of a root are on gosbrk.
pub fn present(root: &Path) -> bool {
    root.join(FILE).exists()
}

/// What the go command of this Go root, or of the one in PATH, would write to standard
/// output if it started. Nothing where no such root has been made from it.
///
/// # Errors
/// As [`output`].
pub fn ask(root: Option<&Path>, args: &[&OsStr]) -> Option<Result<Vec<u8>, Failure>> {
    let cache = cache::dir().ok()?;
    let origin = root.map(PathBuf::from).or_else(in_path)?;
    let origin = origin::of(&origin).unwrap_or(origin);
    let ours = read_dir(&cache).ok()?.flatten().map(|entry| entry.path()).find(|ours| {
        let real = |path: &Path| path.canonicalize().ok();
        present(ours) && origin::of(ours).is_some_and(|from| real(&from) == real(&origin))
    })?;
    let mut go = Command::new(ours.join("bin/go"));
    // Its defaults are those of the Go root, which may allow another release.
    go.env("GOROOT", &origin).env("PATH", with_releases(&cache)?);
    if root.is_some() {
        go.env("GOTOOLCHAIN", "local");
    }
    Some(output(go.args(args), Some(&ours)))
}

/// The Go root that the go command in PATH finds for itself.
fn in_path() -> Option<PathBuf> {
    if let Some(root) = var_os("GOROOT").filter(|root| !root.is_empty()) {
        return Some(root.into());
    }
    let path = var_os("PATH")?;
    let go = split_paths(&path).map(|dir| dir.join("go")).find(|go| go.is_file())?;
    let root = go.canonicalize().ok()?.parent()?.parent()?.to_owned();
    root.join("src/runtime").is_dir().then_some(root)
}

/// PATH, with the releases before all else.
fn with_releases(cache: &Path) -> Option<OsString> {
    let path = var_os("PATH").unwrap_or_default();
    std::env::join_paths(once(cache.join(BY_RELEASE)).chain(split_paths(&path))).ok()
}
