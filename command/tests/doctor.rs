//! What the command `gosbrk` says when the go command does not start, and what
//! `gosbrk doctor` says of a machine.

mod common;

use common::{root, run, scratch, succeed, text};
use std::fs::{Permissions, create_dir_all, set_permissions, write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The command under limits that a shell sets, with a cache of the test's own.
fn gosbrk(cache: &Path, limits: &str, args: &[&str]) -> Output {
    run_by(Path::new(env!("CARGO_BIN_EXE_gosbrk")), cache, limits, args)
}

fn run_by(gosbrk: &Path, cache: &Path, limits: &str, args: &[&str]) -> Output {
    let mut command = under(limits, gosbrk, args);
    run(command.current_dir(root().join("testdata/go")).env("XDG_CACHE_HOME", cache))
}

fn under(limits: &str, program: &Path, args: &[&str]) -> Command {
    let script = format!("ulimit -c 0; {limits}\nexec \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &script, "bash"]).arg(program).args(args).env_remove("GOSBRK");
    command
}

/// What was said of a go command that does not start: a line, and one with what to
/// do. Nothing of its stack trace is among it.
#[track_caller]
fn message(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with("gosbrk: ") && lines[1].starts_with("hint: "), "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
    said
}

/// What the doctor says of it.
#[track_caller]
fn diagnosis(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let said = text(&output.stdout);
    let well_formed = |line: &str| {
        ["ok       ", "note     ", "problem  ", "         hint: "]
            .iter()
            .any(|s| line.starts_with(s))
    };
    assert!(said.lines().all(well_formed), "{said}");
    said
}

#[test]
fn a_limit_that_keeps_go_from_starting_is_named() {
    let cache = scratch("doctor-limits");
    for (command, name, kib) in [
        // Go's runtime says that it gets no memory; or it is ended before it can.
        ("ulimit -v", "address space", "500000"),
        ("ulimit -v", "address space", "100000"),
        ("ulimit -v", "address space", "30000"),
        ("ulimit -d", "data", "20000"),
        ("ulimit -d", "data", "60000"),
    ] {
        let limit = format!("{command} {kib}");
        let want = format!("{command} allows {kib} KiB of {name}, and it needs about ");
        for verb in [&["go", "build", "-o", "/nowhere/x", "."][..], &["goroot"]] {
            let said = message(&gosbrk(&cache, &limit, verb));
            assert!(said.contains(&want), "{said}");
            // Tools on gosbrk need as much.
            if kib == "500000" {
                assert!(said.contains("hint: run `gosbrk goroot --tools` once in a "), "{said}");
            } else {
                assert!(said.contains("hint: build in a shell without this limit; "), "{said}");
                assert!(said.contains("the layout compact runs under it"), "{said}");
            }
        }
        let said = diagnosis(&gosbrk(&cache, &limit, &["--layout", "compact", "doctor"]));
        assert!(said.contains("problem  go command: ") && said.contains(&want), "{said}");
        assert!(!said.contains("install Go"), "{said}");
    }
}

/// A Go root whose go command is this.
fn fake(dir: &Path, go: &[u8], mode: u32) -> PathBuf {
    create_dir_all(dir.join("bin")).unwrap();
    let program = dir.join("bin/go");
    write(&program, go).unwrap();
    set_permissions(program, Permissions::from_mode(mode)).unwrap();
    dir.into()
}

#[test]
fn why_go_does_not_start_is_a_line() {
    let dir = scratch("doctor-fakes");
    let trace = "#!/bin/sh\nprintf 'panic: no such luck\\n\\ngoroutine 1 [running]:\\nmain.main()\\n' >&2; exit 2\n";
    for (name, go, mode, want) in [
        ("closed", "#!/bin/sh\n", 0o644, "permission denied for "),
        ("alien", "\x7fELF\x02\x01\x01", 0o755, "is not a program for this machine"),
        ("loader", "#!/nowhere/sh\n", 0o755, "needs an interpreter or loader that is not there"),
        ("crash", trace, 0o755, " crashes: panic: no such luck\n"),
        ("signal", "#!/bin/sh\nkill -SEGV $$\n", 0o755, "signal 11 ends it"),
        ("killed", "#!/bin/sh\nkill -KILL $$\n", 0o755, "was killed (SIGKILL)"),
        ("error", "#!/bin/sh\nprintf 'go: no\\n\\tway\\n' >&2; exit 1\n", 0o755, "fails: no way\n"),
        ("silent", "#!/bin/sh\nexit 3\n", 0o755, "fails: exit status: 3"),
        (
            "other",
            "#!/bin/sh\necho; echo Go 4; echo play\n",
            0o755,
            "to `go env -json`: \"Go 4\"\n",
        ),
        ("empty", "#!/bin/sh\necho '{}'\n", 0o755, "names no GOROOT"),
    ] {
        let go = fake(&dir.join(name), go.as_bytes(), mode);
        let go = go.to_str().unwrap();
        let said = message(&gosbrk(&dir, ":", &["--go", go, "go", "version"]));
        assert!(said.contains(want), "{name}: {said}");
        let said = diagnosis(&gosbrk(&dir, ":", &["--go", go, "doctor"]));
        let problem = said.lines().find(|line| line.starts_with("problem  go command: ")).unwrap();
        assert!(format!("{problem}\n").contains(want), "{name}: {said}");
    }
    let nowhere = dir.join("nowhere");
    let said = message(&gosbrk(&dir, ":", &["--go", nowhere.to_str().unwrap(), "goroot"]));
    assert!(said.contains("/nowhere has no bin/go"), "{said}");
}

#[test]
fn everything_is_looked_at() {
    let said = text(&gosbrk(&scratch("doctor-all"), ":", &["doctor"]).stdout);
    for thing in [
        "go command",
        "go",
        "target",
        "GOFLAGS",
        "GOWORK",
        "GOTOOLCHAIN",
        "cgo",
        "kernel",
        "vm.overcommit_memory",
        "transparent huge pages",
        "RLIMIT_AS",
        "RLIMIT_DATA",
        "RLIMIT_MEMLOCK",
    ] {
        let is_here =
            |line: &str| line.get(9..).is_some_and(|s| s.starts_with(&format!("{thing}: ")));
        assert!(said.lines().any(is_here), "{thing} is not in it:\n{said}");
    }
    assert!(said.ends_with("\nnote     -race, -msan and -asan are not supported\n"), "{said}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    doctor.arg("doctor").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = doctor.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
}

/// The numbers that the doctor goes by: a program starts under the limit that it
/// calls enough, and not under half of it.
#[test]
fn what_a_program_takes_is_as_the_doctor_says() {
    let dir = scratch("doctor-numbers");
    for layout in ["plain", "compact"] {
        let hello = dir.join(layout);
        let mut build = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
        build.args(["--layout", layout, "go", "build", "-o"]).arg(&hello).arg("./hello");
        succeed(build.current_dir(root().join("testdata/go")).env("CGO_ENABLED", "0"));
        for (thing, command, kib) in
            [("RLIMIT_AS", "ulimit -v", 7500), ("RLIMIT_DATA", "ulimit -d", 5500)]
        {
            // Too little for anything, but not for gosbrk itself, as users have it.
            let gosbrk = root().join("target/release/gosbrk");
            let limits = format!("{command} {kib}");
            let said = run_by(&gosbrk, &dir, &limits, &["--layout", layout, "doctor"]);
            let said = text(&said.stdout);
            let least = said
                .lines()
                .find_map(|line| line.strip_prefix(&format!("problem  {thing}: ")))
                .and_then(|line| line.strip_suffix(" KiB to start")?.rsplit_once(' '))
                .unwrap_or_else(|| panic!("{layout}, {thing}: {said}"))
                .1;
            let least: u64 = least.parse().unwrap();
            let starts = |kib: u64| {
                run(&mut under(&format!("{command} {kib}"), &hello, &[])).status.success()
            };
            assert!(starts(least), "{layout}, {command}: not under {least}");
            assert!(!starts(least / 2), "{layout}, {command}: also under half of {least}");
        }
    }
}
