//! Go roots: those that the command makes, and one that a test may change.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

use super::{root, run, succeed};
use std::fs::{read_dir, remove_file, write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The command, with a cache of the test's own.
pub fn gosbrk(cache: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    command.args(args).current_dir(root().join("testdata/go"));
    command.env("XDG_CACHE_HOME", cache).env("GOCACHE", build_cache());
    command
}

/// The user's build cache. Go has it in `XDG_CACHE_HOME` as well, so a test that has its own
/// roots would compile std anew.
pub fn build_cache() -> &'static str {
    static CACHE: OnceLock<String> = OnceLock::new();
    CACHE.get_or_init(|| {
        let cache = succeed(Command::new("go").args(["env", "GOCACHE"]).current_dir(root()));
        cache.trim().to_owned()
    })
}

/// A root made for the Go at `from`, or the user's own.
pub fn goroot(cache: &Path, from: Option<&Path>) -> PathBuf {
    let mut command = gosbrk(cache, &["goroot"]);
    if let Some(from) = from {
        command.arg("--go").arg(from);
    }
    succeed(&mut command).trim().into()
}

/// The user's own Go root.
pub fn own() -> PathBuf {
    succeed(Command::new("go").args(["env", "GOROOT"]).current_dir(root())).trim().into()
}

/// A Go root that a test may change: unlink first, the rest is the user's.
pub fn changeable(at: &Path) -> PathBuf {
    let at = at.join("go");
    let copy = |how| run(Command::new("cp").arg(how).arg(own()).arg(&at)).status.success();
    assert!(copy("-al") || copy("-a"), "cannot copy {}", own().display());
    // The module cache is read-only.
    for dir in ["", "src/runtime", "src/errors", "bin"] {
        std::fs::set_permissions(at.join(dir), PermissionsExt::from_mode(0o755)).unwrap();
    }
    at
}

/// Puts other text in the place of a file.
pub fn replace(file: &Path, text: &str) {
    remove_file(file).unwrap();
    write(file, text).unwrap();
}

/// The names in the cache.
pub fn cached(cache: &Path) -> Vec<String> {
    let entries = read_dir(cache.join("gosbrk")).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
