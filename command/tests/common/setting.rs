//! A setting of the kernel that a test changes for a while.

use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions, read_to_string, write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Waits until whoever has set the setting lets go of it, also by being killed, and
/// puts it back. It starts no program: none may start with some settings.
const WATCHER: &str = r#"trap "" HUP INT QUIT TERM; read -r _; printf %s "$2" >"$1""#;

/// A setting that gets its old value back when this is dropped, and also when the
/// process dies in whatever way. Other tests that change it wait meanwhile.
pub struct Setting {
    path: PathBuf,
    watcher: Child,
}

impl Setting {
    /// Gets hold of a setting; `None` where this user may not change it.
    pub fn new(path: &Path) -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        flock(&file, FlockOperation::LockExclusive).unwrap();
        let old = value(path);
        // The watcher has the lock too, until it has done its work.
        let watcher = watcher(path, &old, file);
        Some(Self { path: path.to_owned(), watcher })
    }

    /// Changes it.
    pub fn set(&self, new: &str) {
        write(&self.path, new).unwrap();
        assert_eq!(value(&self.path), new);
    }
}

impl Drop for Setting {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// Starts the watcher, where a terminal's signals do not reach it.
fn watcher(path: &Path, old: &str, lock: File) -> Child {
    let mut watcher = Command::new("bash");
    watcher.args(["-c", WATCHER, "bash"]).arg(path).arg(old).process_group(0);
    watcher.stdin(Stdio::piped()).stdout(lock).spawn().unwrap()
}

/// What a setting is: the word in brackets, or all that its file says.
fn value(path: &Path) -> String {
    let text = read_to_string(path).unwrap();
    let chosen = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    chosen.map_or(text.trim(), |(chosen, _)| chosen).to_owned()
}
