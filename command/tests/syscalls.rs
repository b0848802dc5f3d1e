//! Whole Go programs on gosbrk make no system call that stock Go does not make, and the
//! library makes only those that docs/system-calls.md lists.

mod common;
mod seccomp;

use common::trace::Trace;
use common::whole::{LAYOUTS, STOCK, built};
use common::{archive, cc, run, scratch, source, succeed, tell, text};
use seccomp::calls::{Names, Who, documented, made, number, of_recorder};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// A program of `testdata/go`, its arguments, and its environment.
type Run = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// Programs and settings that reach every part of the runtime that asks for memory.
const RUNS: [Run; 10] = [
    ("hello", &[], &[]),
    // Writes its profiles to the current directory.
    ("profiled", &[".", "200ms"], &[]),
    ("checked", &["large"], &[]),
    ("checked", &[], &[("GODEBUG", "harddecommit=1")]),
    ("checked", &[], &[("GODEBUG", "madvdontneed=0")]),
    ("checked", &[], &[("GODEBUG", "efence=1")]),
    ("checked", &[], &[("GODEBUG", "disablethp=1,decoratemappings=1")]),
    ("freed", &[], &[("GOGC", "10")]),
    ("freed", &[], &[("GOGC", "off"), ("GOMEMLIMIT", "100MiB")]),
    ("oom", &[], &[("GOSBRK", "limit=64M")]),
];

/// Calls of the scheduler that a program makes or not, depending on time.
const BY_CHANCE: [&str; 9] = [
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "eventfd2",
    "nanosleep",
    "restart_syscall",
    "rt_sigreturn",
    "sched_yield",
    "tgkill",
];

/// The calls that the programs make, all together, on stock Go or in a layout.
fn all_made(on: &str) -> Names {
    let (dir, mut names) = (scratch(&format!("syscalls-{on}")), Names::new());
    for (program, args, environment) in RUNS {
        // Stock Go would take all memory there is.
        if program == "oom" && on == STOCK {
            continue;
        }
        let mut command = common::program(built(program, on, &[("CGO_ENABLED", "0")]));
        command.args(args).envs(environment.iter().copied()).current_dir(&dir);
        let (ended, made) = made(command);
        assert!(ended.succeeded() || program == "oom", "{on} {program} {environment:?}: {ended:?}");
        names.extend(made);
    }
    names
}

/// The calls of stock Go.
fn of_stock() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = all_made(STOCK);
        names.extend(BY_CHANCE.map(str::to_owned));
        names
    })
}

#[test]
fn whole_programs_make_no_other_calls() {
    if !seccomp::is_there("the system calls of whole programs") {
        return;
    }
    for layout in LAYOUTS {
        let made = all_made(layout);
        let others: Vec<_> = made.difference(of_stock()).collect();
        assert!(others.is_empty(), "{layout}: stock Go does not call {others:?}");
        tell(&format!("{layout}: {} system calls, all of them stock Go's", made.len()));
    }
}

#[test]
fn what_is_documented_is_what_stock_go_makes() {
    if !seccomp::is_there("the system calls of stock Go") {
        return;
    }
    for who in [Who::Library, Who::WholeProgram] {
        let documented = documented(who);
        assert!(documented.contains("mmap") && documented.contains("close"), "{documented:?}");
        let others: Vec<_> = documented.difference(of_stock()).collect();
        assert!(others.is_empty(), "{who:?}: stock Go does not call {others:?}");
    }
}

/// What libc calls in a program that prints, and in one that has threads.
const OF_C: &[&str] = &["fstat", "newfstatat", "brk", "getrandom", "write", "exit_group"];
const OF_THREADS: &[&str] = &["clone3", "clone", "set_robust_list", "rseq", "exit", "getrandom"];

/// Compiles a C program that can be put under a filter.
fn filtered(name: &str, test: &str) -> PathBuf {
    let program = scratch(&format!("filtered-{name}-{test}")).join("program");
    let sources = [source(name), source("allow.c")];
    succeed(cc().args(sources).arg(archive()).args(["-pthread", "-o"]).arg(&program));
    program
}

/// The program under a filter that allows the documented calls, and those of libc.
fn under_filter(program: &PathBuf, args: &[&str], of_c: &[&[&str]]) -> Command {
    let mut allowed = documented(Who::Library);
    allowed.extend(of_c.iter().copied().flatten().map(|&name| name.to_owned()));
    let numbers: Vec<_> = allowed.iter().map(|name| number(name).to_string()).collect();
    let mut command = common::program(program);
    command.args(args).env("ALLOWED", numbers.join(" ") + " ");
    command
}

#[test]
fn the_library_makes_the_calls_that_are_documented() {
    if !seccomp::is_there("the library under a filter") {
        return;
    }
    for (name, args, of_c) in [
        ("every.c", &[][..], &[OF_C][..]),
        ("calls.c", &["os"], &[OF_C]),
        ("calls.c", &["go"], &[OF_C]),
        ("lock_threads.c", &["own", "100000"], &[OF_C, OF_THREADS]),
    ] {
        let mut command = under_filter(&filtered(name, "calls"), args, of_c);
        let output = run(&mut command);
        let undocumented = output.status.signal() == Some(libc::SIGSYS);
        assert!(!undocumented, "{name} {args:?}: a call besides {:?}", documented(Who::Library));
        assert!(output.status.success(), "{name} {args:?}: {output:?}");
    }
}

#[test]
fn a_recorder_makes_the_calls_that_are_documented() {
    if !seccomp::is_there("a recorder under a filter") {
        return;
    }
    let dir = scratch("filtered-trace");
    let recorder = of_recorder();
    let names: Vec<_> = recorder.iter().map(String::as_str).collect();
    // Twice: the second time there is an old trace to be replaced.
    for (args, least) in [(&["calls:20000"][..], 40_000), (&["calls:9"], 18)] {
        let trace = dir.join("trace");
        let mut command = under_filter(&filtered("record.c", "trace"), args, &[OF_C, &names]);
        let output = run(command.env("GOSBRK", format!("trace={},advice=os", trace.display())));
        assert!(output.status.success(), "a call besides {names:?}: {output:?}");
        assert_eq!(Trace::read(trace).calls().count(), least);
    }
    for layout in LAYOUTS {
        let mut command = common::program(built("freed", layout, &[("CGO_ENABLED", "0")]));
        let trace = dir.join(layout);
        command.env("GOSBRK", format!("trace={}", trace.display()));
        let (ended, made) = made(command);
        assert!(ended.succeeded(), "{layout}: {ended:?}");
        let others: Vec<_> =
            made.difference(of_stock()).filter(|&name| !recorder.contains(name)).collect();
        assert!(others.is_empty(), "{layout}: {others:?}");
        assert!(Trace::read(trace).calls().count() > 50);
    }
}

#[test]
fn misuse_ends_under_the_filter_too() {
    if !seccomp::is_there("misuse under a filter") {
        return;
    }
    let output = run(&mut under_filter(&filtered("calls.c", "misuse"), &["abort"], &[OF_C]));
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
    assert!(text(&output.stderr).starts_with("gosbrk: sysFreeOS("), "{output:?}");
}

/// The control: a filter without `mmap` ends the program.
#[test]
fn the_filter_is_one() {
    if !seccomp::is_there("a filter without mmap") {
        return;
    }
    let every = filtered("every.c", "control");
    let mut command = common::program(&every);
    command.env("ALLOWED", "1 231 ");
    let output = run(&mut command);
    assert_eq!(output.status.signal(), Some(libc::SIGSYS), "{output:?}");
}
