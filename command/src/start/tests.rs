//! Why a go command failed, by what it left behind.

use super::{SIGKILL, SIGSEGV, cut, failed, not_started};
use crate::limits::{Kind, Limit};
use std::ffi::OsStr;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Output};

const SPACE: Limit = Limit { kind: Kind::AddressSpace, kib: 500_000 };
const DATA: Limit = Limit { kind: Kind::Data, kib: 20_000 };
const EXIT_2: i32 = 2 << 8;

/// The message and the hint for a process with this wait status.
fn why(status: i32, stderr: &str, limits: &[Limit]) -> (String, String) {
    let status = ExitStatus::from_raw(status);
    let failure = failed(&Output { status, stdout: vec![], stderr: stderr.into() }, limits);
    for text in [&failure.what, &failure.hint] {
        assert!(!text.contains('\n') && text.len() < 400, "{text}");
    }
    (failure.what, failure.hint)
}

/// A stack trace that begins like this.
fn trace(begins: &str) -> String {
    format!("{begins}\n\nruntime stack:\nruntime.throw({{0xbfc67f?}})\n\tpanic.go:1229 fp=0x7ffc\n")
}

#[test]
fn a_limit_is_named() {
    for begins in [
        "fatal error: failed to reserve page summary memory",
        "runtime: out of memory: cannot allocate 4194304-byte block (0 in use)",
        "fatal error: pageAlloc: out of memory",
        "runtime: failed to create new OS thread (have 2 already; errno=11)",
    ] {
        let (what, hint) = why(EXIT_2, &trace(begins), &[SPACE]);
        assert_eq!(
            what,
            "does not start: ulimit -v allows 500000 KiB of address space, and it \
             needs about 750000"
        );
        assert!(hint.starts_with("run `gosbrk goroot --tools` once in a shell without"), "{hint}");
    }
    // Too little for a build with any tools.
    let (_, hint) = why(SIGSEGV, "", &[Limit { kib: 100_000, ..SPACE }]);
    assert!(hint.starts_with("build in a shell without this limit; "), "{hint}");
    assert!(hint.ends_with("layout compact runs under it"), "{hint}");
    let (what, _) = why(SIGSEGV, "", &[DATA]);
    assert!(what.contains("ulimit -d allows 20000 KiB of data"), "{what}");
    // Of two, the one that is too small.
    let (what, _) = why(SIGSEGV, "", &[Limit { kib: 4_000_000, ..SPACE }, DATA]);
    assert!(what.contains("ulimit -d"), "{what}");
    // More than the go command takes on two processors.
    let (what, _) =
        why(EXIT_2, &trace("runtime: out of memory"), &[Limit { kib: 760_000, ..SPACE }]);
    assert!(what.ends_with("760000 KiB of address space, and it needs more"), "{what}");
    // Too little for any program.
    let (_, hint) = why(SIGKILL, "", &[Limit { kib: 5_000, ..SPACE }]);
    assert!(hint.ends_with("layout compact needs 8000 KiB to start"), "{hint}");
}

#[test]
fn a_limit_is_not_blamed_for_something_else() {
    for (status, stderr) in [
        (EXIT_2, &*trace("fatal error: all goroutines are asleep - deadlock!")),
        (1 << 8, "go: errors parsing go.mod:\n/x/go.mod:3: invalid go version '1.x'\n"),
        (2, ""), // The user's ^C.
    ] {
        let (what, _) = why(status, stderr, &[SPACE, DATA]);
        assert!(!what.contains("ulimit"), "{what}");
    }
    let (what, _) = why(SIGSEGV, "", &[Limit { kib: 4_000_000, ..SPACE }]);
    assert_eq!(what, "does not start: signal 11 ends it");
    let (what, _) = why(EXIT_2, &trace("fatal error: out of memory"), &[]);
    assert_eq!(what, "crashes: fatal error: out of memory");
}

#[test]
fn of_a_trace_one_line_is_shown() {
    let (what, hint) = why(EXIT_2, &trace("panic: what is this"), &[]);
    assert_eq!(what, "crashes: panic: what is this");
    assert!(hint.contains("--go DIR"), "{hint}");
    let (what, _) = why(SIGKILL, "", &[]);
    assert_eq!(what, "was killed (SIGKILL)");
}

#[test]
fn a_message_of_several_lines_becomes_one() {
    let (what, _) = why(1 << 8, "go: errors parsing go.mod:\n/x/go.mod:3: invalid\n", &[]);
    assert_eq!(what, "fails: errors parsing go.mod: /x/go.mod:3: invalid");
    let (what, _) = why(3 << 8, " \n", &[]);
    assert_eq!(what, "fails: exit status: 3");
    assert_eq!(cut("a\u{1b}[31m"), "a [31m");
    assert_eq!(cut(&"x".repeat(301)), "x".repeat(300) + "...");
}

#[test]
fn what_cannot_be_started_is_told_apart() {
    const ENOENT: i32 = 2;
    const ENOEXEC: i32 = 8;
    const ENOMEM: i32 = 12;
    const EACCES: i32 = 13;
    let root = Some(Path::new("/nowhere"));
    for (errno, root, limits, want) in [
        (ENOENT, None, &[][..], "is not in PATH"),
        (ENOENT, root, &[], "is missing: /nowhere has no bin/go"),
        (EACCES, None, &[], "does not start: permission denied for go"),
        (ENOEXEC, None, &[], "does not start: go is not a program for this machine"),
        (ENOMEM, None, &[SPACE], "does not start: ulimit -v allows 500000 KiB"),
        (ENOMEM, None, &[], "does not start: go: "),
    ] {
        let error = io::Error::from_raw_os_error(errno);
        let program = if root.is_some() { "/nowhere/bin/go" } else { "go" };
        let failure = not_started(OsStr::new(program), root, &error, limits);
        assert!(failure.what.starts_with(want), "{failure:?}");
        assert!(!failure.hint.is_empty());
    }
}
