//! Judges how a program ended.

use super::Ended;
use std::os::unix::process::ExitStatusExt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It did its job, and every byte was as expected.
    Survives,
    /// It ended with a message and status 2, as Go does when the kernel refuses memory.
    Ends,
    /// It printed Go's message, and died of a fault in the traceback. Stock Go does that
    /// when the memory of the stack it unwinds was refused.
    Stumbles,
    /// Anything else, with the reason.
    Breaks(String),
}

/// What the runtime prints when memory is corrupt.
const BROKEN: [&str; 8] = [
    "SIGSEGV",
    "SIGBUS",
    "SIGABRT",
    "found pointer to free object",
    "marked free object",
    "found bad pointer",
    "unexpected fault",
    "panic:",
];

/// Messages before crashes that the runtime causes on purpose, when something other than
/// memory is refused: a write to a bad address, and an abort in C code.
const CHOSEN: [&str; 2] = ["futexwakeup addr=", "runtime/cgo: pthread_create failed"];

/// The start of every line that a guest prints unless it finds something wrong.
const WELL: &str = "stale 0: ";

pub fn verdict(ended: &Ended) -> Verdict {
    let Some(status) = ended.status else { return Verdict::Breaks("it hangs".into()) };
    let said = &ended.stderr;
    if let Some(line) = ended.stdout.lines().find(|line| !line.starts_with(WELL)) {
        return Verdict::Breaks(format!("{status}: {line}"));
    }
    if CHOSEN.iter().any(|words| said.contains(words)) {
        return Verdict::Ends;
    }
    if let Some(line) = said.lines().find(|line| BROKEN.iter().any(|words| line.contains(words))) {
        return Verdict::Breaks(format!("{status}: {line}"));
    }
    let ends = ["fatal error:", "runtime:", "gosbrk:"].iter().any(|words| said.contains(words));
    match (status.code(), status.signal()) {
        (Some(0), _) if !ended.stdout.is_empty() => Verdict::Survives,
        (Some(2), _) if ends => Verdict::Ends,
        (_, Some(libc::SIGSEGV)) if said.contains("fatal error: runtime: ") => Verdict::Stumbles,
        _ => Verdict::Breaks(format!("{status}: {}", said.lines().next().unwrap_or("no word"))),
    }
}
