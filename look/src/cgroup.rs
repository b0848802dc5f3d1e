//! The limit that a container or a service puts on a process: what its cgroup takes of
//! what it may.

use crate::process::Process;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The memory of a cgroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What it takes now, files in the page cache included.
    pub current: u64,
    /// What it may take; nothing where there is no limit.
    pub max: Option<u64>,
    /// Its folder.
    pub folder: PathBuf,
}

/// The cgroup of a process, or the nearest one around it that has a limit.
#[must_use]
pub fn limit(process: &Process) -> Option<Limit> {
    let own = process.text("cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let theirs = process.text("mountinfo").unwrap_or_default();
    let found = from(&own, &mounts, Path::new("/"));
    // A process in a container may see a part of the tree that is not mounted here.
    found.or_else(|| from(&own, &theirs, &process.file("root")))
}

fn from(own: &str, mounts: &str, root: &Path) -> Option<Limit> {
    let kinds = [Kind::V1, Kind::V2].into_iter();
    let mut found = kinds.filter_map(|kind| {
        let (folder, top) = folder(own, mounts, kind)?;
        let under = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
        nearest(&under(&folder), &under(&top), kind)
    });
    let first = found.next()?;
    if first.max.is_some() {
        Some(first)
    } else {
        found.next().filter(|next| next.max.is_some()).or(Some(first))
    }
}

#[derive(Clone, Copy)]
enum Kind {
    V1,
    V2,
}

impl Kind {
    const fn files(self) -> (&'static str, &'static str) {
        match self {
            Self::V1 => ("memory.usage_in_bytes", "memory.limit_in_bytes"),
            Self::V2 => ("memory.current", "memory.max"),
        }
    }
}

/// The folder of the cgroup and the top of its tree, in the file system of `mounts`.
fn folder(own: &str, mounts: &str, kind: Kind) -> Option<(PathBuf, PathBuf)> {
    let path = own.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let fits = match kind {
            Kind::V1 => controllers.split(',').any(|name| name == "memory"),
            Kind::V2 => controllers.is_empty(),
        };
        fits.then_some(path)
    })?;
    mounts.lines().find_map(|line| {
        let (front, back) = line.split_once(" - ")?;
        let mut fields = front.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let mut back = back.split(' ');
        let (system, options) = (back.next()?, back.nth(1).unwrap_or_default());
        let fits = match kind {
            Kind::V1 => system == "cgroup" && options.split(',').any(|name| name == "memory"),
            Kind::V2 => system == "cgroup2",
        };
        let inside = Path::new(path).strip_prefix(root).ok().filter(|_| fits)?;
        // Outside of what this process may see.
        let above = inside.components().any(|part| part == Component::ParentDir);
        (!above).then(|| (Path::new(point).join(inside), PathBuf::from(point)))
    })
}

/// The limit of the folder or of the nearest one above that has one.
fn nearest(folder: &Path, top: &Path, kind: Kind) -> Option<Limit> {
    let own = read(folder, kind);
    let mut above = folder.ancestors().take_while(|path| path.starts_with(top));
    above.find_map(|path| read(path, kind).filter(|limit| limit.max.is_some())).or(own)
}

fn read(folder: &Path, kind: Kind) -> Option<Limit> {
    let (current, max) = kind.files();
    let number = |name| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    // Version 1 writes the highest multiple of a page for no limit.
    let max = number(max).filter(|max| *max < 1 << 62);
    Some(Limit { current: number(current)?, max, folder: folder.to_owned() })
}

#[cfg(test)]
mod tests;
