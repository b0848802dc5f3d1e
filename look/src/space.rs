//! How much address space a process takes, and how much it may: what `ulimit -v` limits.

use crate::model::{Known, megabytes};
use crate::process::Process;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The address space of a process, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// What it takes now (`VmSize`, what top shows as VIRT).
    pub current: Known,
    /// The most that it took so far (`VmPeak`).
    pub peak: Known,
    /// What it may take (`RLIMIT_AS`, the limit in force); nothing where there is no limit.
    pub max: Result<Option<u64>, Cow<'static, str>>,
}

/// The address space of a process. What the kernel does not tell is not known, with the reason.
#[must_use]
pub fn space(process: &Process) -> Space {
    let text = |name| process.text(name).map_err(|trouble| Cow::Owned(trouble.message));
    from(&text("status"), &text("limits"))
}

/// The text of a file, or why it cannot be read.
type Text = Result<String, Cow<'static, str>>;

fn from(status: &Text, limits: &Text) -> Space {
    let field = |name: &str| {
        let text = status.as_deref().map_err(Clone::clone)?;
        size(text, name).ok_or_else(|| format!("/proc/PID/status has no {name}").into())
    };
    let max = limits.as_deref().map_err(Clone::clone).and_then(max);
    Space { current: field("VmSize"), peak: field("VmPeak"), max }
}

/// `VmSize:    5120 kB`, in bytes.
fn size(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    value.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// `Max address space    102400000    unlimited    bytes`: the first is the one in force.
fn max(limits: &str) -> Result<Option<u64>, Cow<'static, str>> {
    let mut lines = limits.lines();
    let rest = lines.find_map(|line| line.strip_prefix("Max address space")).unwrap_or_default();
    match rest.split_ascii_whitespace().next().unwrap_or_default() {
        "unlimited" => Ok(None),
        number => number
            .parse()
            .map(Some)
            .map_err(|_| "/proc/PID/limits does not tell the limit of the address space".into()),
    }
}

impl Space {
    /// The sentence for people.
    #[must_use]
    pub fn line(&self) -> String {
        let known =
            |known: &Known| known.as_ref().map_or("not known".into(), |size| megabytes(*size));
        let mut line = format!(
            "Address space, resident or not: {} now, {} at its peak",
            known(&self.current),
            known(&self.peak)
        );
        match self.max {
            // `ulimit -v` counts in KiB, and the system call in bytes.
            Ok(Some(max)) => {
                let _ = write!(line, ", of at most {} (ulimit -v {})", megabytes(max), max / 1024);
            }
            Ok(None) => line.push_str("; it has no limit (ulimit -v unlimited)"),
            Err(_) => line.push_str("; its limit (ulimit -v) is not known"),
        }
        line
    }
}

#[cfg(test)]
mod tests;
