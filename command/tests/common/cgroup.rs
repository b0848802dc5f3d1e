//! A cgroup of a test's own.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

use std::path::{Path, PathBuf};

/// A cgroup with a limit on memory, where one can be made. It is removed when this is dropped.
pub struct Cgroup(PathBuf);

impl Cgroup {
    /// Makes one; `None`: this user cannot.
    pub fn new(bytes: u64) -> Option<Self> {
        let kinds = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.swappiness"),
            ("/sys/fs/cgroup", "memory.max", "memory.swap.max"),
        ];
        kinds.into_iter().find_map(|(parent, limit, swap)| {
            let group = Self(Path::new(parent).join(format!("gosbrk-{}", std::process::id())));
            std::fs::create_dir(&group.0).ok()?;
            std::fs::write(group.0.join(limit), bytes.to_string()).ok()?;
            // Where there is no such file there is nothing to swap to.
            let _ = std::fs::write(group.0.join(swap), "0");
            Some(group)
        })
    }

    /// What a shell does to get into it.
    pub fn enter(&self) -> String {
        format!("echo $$ >{}/cgroup.procs", self.0.display())
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}
