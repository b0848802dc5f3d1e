//! The memory limit of the process's cgroup, version 1 or 2, where the system has them at
//! `/sys/fs/cgroup`.

use super::file::File;
use super::proc::number;
use core::ffi::CStr;

/// Most bytes of a path, its NUL included.
const PATH: usize = 400;

/// A path that is made piece by piece.
struct Path {
    bytes: [u8; PATH],
    /// How many there are; above `PATH`: it is too long.
    used: usize,
}

/// The file with the limit in each group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    const fn file(self) -> &'static [u8] {
        match self {
            Self::One => b"/memory.limit_in_bytes",
            Self::Two => b"/memory.max",
        }
    }
}

/// The least limit of the group that this process is in and of those above it;
/// `usize::MAX`: there is none. `None`: it cannot be read.
#[must_use]
pub fn limit() -> Option<usize> {
    let mut path = Path { bytes: [0; PATH], used: 0 };
    let list = File::open(c"/proc/self/cgroup").ok()?;
    let version = group(|into| list.read(into).ok(), b"/sys/fs/cgroup", &mut path)?;
    least(&mut path, b"/sys/fs/cgroup".len(), version)
}

/// Writes where the group is whose memory counts: with version 1 the line with `memory`
/// among its controllers says it, which comes before the one of version 2. `None`: there is
/// none.
// In a frame of its own, as the other functions here.
#[inline(never)]
fn group(
    mut read: impl FnMut(&mut [u8]) -> Option<usize>,
    mount: &[u8],
    path: &mut Path,
) -> Option<Version> {
    const NAME: &[u8] = b"memory";
    let mut chunk = [0; 64];
    // Which of a line's three fields, and how much of `NAME` a controller has matched; above
    // its length: it is another one.
    let (mut field, mut matched, mut any, mut found) = (0, 0, false, None);
    loop {
        let n = read(&mut chunk)?;
        if n == 0 {
            return found;
        }
        for &byte in chunk.get(..n)? {
            match (field, byte) {
                (_, b'\n') => {
                    if found.is_some() {
                        return found;
                    }
                    (field, matched, any) = (0, 0, false);
                }
                (0, b':') => field = 1,
                (1, b':' | b',') => {
                    if matched == NAME.len() {
                        found = Some(Version::One);
                    } else if byte == b':' && !any && found.is_none() {
                        found = Some(Version::Two);
                    }
                    (matched, any) = (0, true);
                    if byte == b':' {
                        field = 2;
                        path.used = 0;
                        path.add(mount);
                        path.add(if found == Some(Version::One) { NAME_DIR } else { b"" });
                    }
                }
                (1, _) => {
                    any = true;
                    let fits = NAME.get(matched) == Some(&byte);
                    matched = if fits { matched + 1 } else { NAME.len() + 1 };
                }
                (2, _) if found.is_some() => path.add(&[byte]),
                _ => {}
            }
        }
    }
}

/// Where version 1 has the groups of this controller.
const NAME_DIR: &[u8] = b"/memory";

/// The least limit of a group and those above it, up to where they are mounted.
#[inline(never)]
fn least(path: &mut Path, mount: usize, version: Version) -> Option<usize> {
    let mut least = None;
    loop {
        let group = path.used;
        path.add(version.file());
        path.add(&[0]);
        let limit = path.as_c().and_then(bytes);
        least = match (least, limit) {
            (Some(a), Some(b)) if a < b => Some(a),
            (least, limit) => limit.or(least),
        };
        path.used = group;
        path.cut()?;
        if path.used < mount {
            return least;
        }
    }
}

/// The number that a file holds; `max` is `usize::MAX`.
#[inline(never)]
fn bytes(path: &CStr) -> Option<usize> {
    let mut text = [0; 32];
    let n = File::open(path).ok()?.read(&mut text).ok()?;
    let text = text.get(..n)?;
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if text.iter().eq(b"max") { Some(usize::MAX) } else { number::<10>(text) }
}

impl Path {
    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if let Some(to) = self.bytes.get_mut(self.used) {
                *to = byte;
            }
            self.used = self.used.saturating_add(1);
        }
    }

    /// Takes the last name off; `None`: it is too long to be known.
    fn cut(&mut self) -> Option<()> {
        let path = self.bytes.get(..self.used)?;
        self.used = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        Some(())
    }

    fn as_c(&self) -> Option<&CStr> {
        CStr::from_bytes_until_nul(self.bytes.get(..self.used)?).ok()
    }
}

#[cfg(test)]
mod tests;
