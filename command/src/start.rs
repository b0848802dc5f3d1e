//! Starts the go command, and explains when it does not start.
//!
//! What is shown of another program's messages is one line: a stack trace helps
//! nobody who has to find out what to do.

use crate::layout::Layout;
use crate::limits::Limit;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

/// Why the go command cannot be used, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    /// What it does or does not do, without the subject: `does not start: ...`.
    pub what: String,
    pub hint: String,
    /// Whether a limit of this shell is why.
    pub by_limit: bool,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the go command {}", self.what)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into(), by_limit: false }
    }
}

pub const ANOTHER: &str = "reinstall Go, or name another Go root with --go DIR";

/// What the go command of this root, or the one in PATH, writes to standard output.
///
/// # Errors
/// It cannot be started, or does not succeed.
pub fn ask(root: Option<&Path>, args: &[&OsStr]) -> Result<Vec<u8>, Failure> {
    let mut go = Command::new(root.map_or("go".into(), |root| root.join("bin/go")));
    if let Some(root) = root {
        go.env("GOROOT", root).env("GOTOOLCHAIN", "local");
    }
    output(go.args(args), root)
}

/// What a go command writes to standard output; `root` is its own where that is known.
///
/// # Errors
/// It cannot be started, or does not succeed.
pub fn output(go: &mut Command, root: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let limits = Limit::of_this_shell();
    match go.output() {
        Ok(output) if output.status.success() => Ok(output.stdout),
        Ok(output) => Err(failed(&output, &limits)),
        Err(error) => Err(not_started(go.get_program(), root, &error, &limits)),
    }
}

/// Why there is no process.
fn not_started(
    program: &OsStr,
    root: Option<&Path>,
    error: &io::Error,
    limits: &[Limit],
) -> Failure {
    let program = Path::new(program);
    let name = program.display();
    match (error.kind(), root) {
        (ErrorKind::NotFound, None) => Failure::new(
            "is not in PATH",
            "install Go 1.24 to 1.27, or name a Go root with --go DIR",
        ),
        (ErrorKind::NotFound, Some(root)) if !program.exists() => Failure::new(
            format!("is missing: {} has no bin/go", root.display()),
            "--go takes the directory that `go env GOROOT` prints",
        ),
        (ErrorKind::NotFound, Some(_)) => Failure::new(
            format!("does not start: {name} needs an interpreter or loader that is not there"),
            ANOTHER,
        ),
        (ErrorKind::PermissionDenied, _) => Failure::new(
            format!("does not start: permission denied for {name}"),
            "make it executable, and check that its file system is not mounted noexec",
        ),
        // There is no kind for it.
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            Failure::new(
                format!("does not start: {name} is not a program for this machine"),
                "install Go for this machine, or name a Go root with --go DIR",
            )
        }
        (ErrorKind::OutOfMemory, _) if !limits.is_empty() => by_limit(limits[0]),
        _ => Failure::new(format!("does not start: {name}: {error}"), ANOTHER),
    }
}

/// Why a process that did not succeed ended.
fn failed(output: &Output, limits: &[Limit]) -> Failure {
    let said = String::from_utf8_lossy(&output.stderr);
    let signal = output.status.signal();
    if let Some(limit) = limits.iter().find(|limit| is_to_blame(**limit, &said, signal)) {
        return by_limit(*limit);
    }
    match signal {
        Some(SIGKILL) => Failure::new(
            "was killed (SIGKILL)",
            "the system or the cgroup may have run out of memory: see dmesg",
        ),
        Some(signal) => Failure::new(format!("does not start: signal {signal} ends it"), ANOTHER),
        None if is_trace(&said) => Failure::new(format!("crashes: {}", first_line(&said)), ANOTHER),
        None if said.trim().is_empty() => {
            Failure::new(format!("fails: {}", output.status), ANOTHER)
        }
        None => {
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            let said = said.strip_prefix("go: ").unwrap_or(&said);
            Failure::new(
                format!("fails: {}", cut(said)),
                "fix what `go env` reports in this directory",
            )
        }
    }
}

/// A stock go command does not start under this limit.
pub fn by_limit(limit: Limit) -> Failure {
    let Limit { kind, kib } = limit;
    let need = kind.to_start_go();
    let enough =
        if kib < need { format!("and it needs about {need}") } else { "and it needs more".into() };
    let (command, name) = (kind.command(), kind.name());
    let what = format!("does not start: {command} allows {kib} KiB of {name}, {enough}");
    Failure { by_limit: true, ..Failure::new(what, hint_for(limit)) }
}

const SIGABRT: i32 = 6;
const SIGBUS: i32 = 7;
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;

/// Whether a limit is why the go command failed: it says that it got no memory; or
/// it was not given enough even to say so, and the kernel or libc ended it.
fn is_to_blame(limit: Limit, said: &str, signal: Option<i32>) -> bool {
    const WORDS: [&str; 8] = [
        "out of memory",
        "cannot allocate",
        "Cannot allocate",
        "failed to reserve",
        "failed to allocate",
        "failed to map",
        "cannot map",
        "failed to create new OS thread",
    ];
    let ended = signal.is_some_and(|n| [SIGABRT, SIGBUS, SIGKILL, SIGSEGV].contains(&n));
    WORDS.iter().any(|words| said.contains(words)) || ended && limit.kib < limit.kind.to_start_go()
}

/// Whether this is a stack trace of a Go runtime.
fn is_trace(said: &str) -> bool {
    ["fatal error: ", "panic: ", "runtime: ", "SIG"].iter().any(|word| said.starts_with(word))
        || said.contains("\ngoroutine ")
        || said.contains("\nruntime stack:")
}

/// The first line that says anything, for a message of one line.
pub fn first_line(text: &str) -> String {
    cut(text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default())
}

/// Text that is short enough for a line, with nothing in it that a terminal obeys.
fn cut(text: &str) -> String {
    const MOST: usize = 300;
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(MOST).map(plain).collect();
    if text.chars().nth(MOST).is_some() {
        short.push_str("...");
    }
    short
}

/// What to do about a go command that does not work under this limit.
fn hint_for(limit: Limit) -> String {
    if limit.kib >= limit.kind.to_build_with_tools() {
        return "run `gosbrk goroot --tools` once in a shell without this limit; then `gosbrk go` \
                works here"
            .into();
    }
    let least = Layout::Compact.least_kib(limit.kind);
    let then = if limit.kib >= least {
        "a program built in the layout compact runs under it".into()
    } else {
        format!("a program built in the layout compact needs {least} KiB to start")
    };
    format!("build in a shell without this limit; {then}")
}

#[cfg(test)]
mod tests;
