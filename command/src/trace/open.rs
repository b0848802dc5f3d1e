//! Opening traces, and saying what is wrong with them.

use super::progress::watched;
use gosbrk_trace::file::{End, Trace};
use gosbrk_trace::stat::{At, Stat};
use std::path::Path;

/// The exit status where a file cannot be read.
pub const UNREADABLE: u8 = 2;

/// Opens a trace; says on standard error what is wrong with it.
pub fn open(path: &Path) -> Option<Trace> {
    match Trace::open(path) {
        Ok(trace) => {
            if let Some(note) = note(&trace) {
                eprintln!("gosbrk: {}: {note}", path.display());
            }
            Some(trace)
        }
        Err(trouble) => {
            eprintln!("gosbrk: {}: {trouble}", path.display());
            if let Some(hint) = trouble.hint {
                eprintln!("hint: {hint}");
            }
            None
        }
    }
}

/// Opens a trace and reads all of it, with one more moment if asked for; says on standard
/// error what is wrong with it.
pub fn summary(path: &Path, at: Option<At>) -> Option<(Trace, Stat)> {
    let trace = open(path)?;
    match watched("reading", path, trace.calls, |tell| Stat::of(&trace, at, tell)) {
        Ok(stat) => Some((trace, stat)),
        Err(error) => {
            eprintln!("gosbrk: {}: {error}", path.display());
            None
        }
    }
}

/// What there is to say about how a trace ends, where it is not whole.
fn note(trace: &Trace) -> Option<String> {
    let calls = trace.calls;
    let shown = format!("shown are the {calls} calls before");
    match trace.end {
        End::Damaged(call) => Some(format!("damaged from call {call} on; {shown}")),
        End::DiskFull => Some(format!("ends early, because the disk was full; {shown}")),
        End::Refused(error) => {
            Some(format!("ends early: writing failed with error {error}; {shown}"))
        }
        End::Open | End::Exited | End::Replaced => None,
    }
}
