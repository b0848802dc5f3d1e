//! What the library does when it is told to behave otherwise, and when it is
//! misused: the variable `GOSBRK`, and both policies on misuse. The calls are in
//! scripts that `testdata/c/script.c` performs.

mod common;

use common::trace::Trace;
use common::{build, program, run, scratch, skip, text};
use gosbrk::Error;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::OnceLock;

/// Builds `testdata/c/script.c` once.
fn script() -> &'static Path {
    static SCRIPT: OnceLock<PathBuf> = OnceLock::new();
    SCRIPT.get_or_init(|| build(&scratch("script"), "script.c", &[]))
}

/// Performs the lines of a script under these settings.
fn perform(gosbrk: &str, lines: &[&str]) -> Output {
    perform_by(script(), gosbrk, lines)
}

fn perform_by(script: &Path, gosbrk: &str, lines: &[&str]) -> Output {
    let mut command = program(script);
    command.env("GOSBRK", gosbrk).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may stop reading early: by design, in some of these tests.
    let _ = child.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes());
    child.wait_with_output().unwrap()
}

/// What a script prints that ends well and says nothing on standard error.
#[track_caller]
fn output(gosbrk: &str, lines: &[&str]) -> String {
    let output = perform(gosbrk, lines);
    assert!(output.status.success() && output.stderr.is_empty(), "{gosbrk}: {output:?}");
    text(&output.stdout)
}

const SIGABRT: i32 = 6;

#[test]
fn each_setting_is_followed() {
    let state = |bloc: &str, bloc_max: &str, in_use: &str, need_zero: &str| {
        format!(
            "state base=0x100000000 bloc=+{bloc} blocMax=+{bloc_max} in_use={in_use} \
             need_zero={need_zero} free=\n"
        )
    };
    let state_after = |settings: &str| {
        let said = output(&format!("base=0x100000000,{settings}"), &["alloc 1", "state"]);
        said.split_once('\n').unwrap().1.to_owned()
    };
    assert_eq!(state_after(""), state("0x1000", "0x1000", "4096", "1"));
    assert_eq!(state_after("profile=plan9,,"), state("0x1000", "0x1000", "4096", "1"));
    assert_eq!(state_after("profile=wasm"), state("0x10000", "0x10000", "65536", "1"));
    assert_eq!(state_after("profile=wasm_go121"), state("0x0", "0x0", "65536", "1"));
    assert_eq!(state_after("advice=os"), state("0x1000", "0x1000", "4096", "0"));
    assert_eq!(state_after("start=4097"), state("0x3000", "0x3000", "4096", "1"));
    assert_eq!(state_after("initial=1M"), state("0x1000", "0x100000", "4096", "1"));
    assert_eq!(state_after("limit=4K"), state("0x1000", "0x1000", "4096", "1"));

    let beyond = output("limit=0x1000", &["alloc 4097"]);
    assert_eq!(beyond, format!("alloc 4097 -> nil # {}\n", Error::NoMem));
    let elsewhere = output("base=6G", &["state"]);
    assert!(elsewhere.starts_with("state base=0x180000000 "), "{elsewhere}");
    let dirty = ["alloc 8192", "free +0x0 4096", "write +0x800 1", "alloc 4096"];
    assert!(!output("check=fast,misuse=report", &dirty).contains('#'));
    assert!(output("check=full,misuse=report", &dirty).ends_with(&format!("# {}\n", Error::Dirty)));
}

/// A place where there is something, and one that no process can have.
#[test]
fn a_segment_that_cannot_be_had_is_told_by_every_call() {
    let fixed = build(&scratch("script-fixed"), "script.c", &["-no-pie"]);
    for (base, error) in [("0x400000", Error::ForeignBreak), ("0x800000000000", Error::NoMem)] {
        let lines = ["alloc 1", "reserve nil 1", "unused 0x1000 4096", "state", "check"];
        let output = perform_by(&fixed, &format!("base={base}"), &lines);
        assert!(output.status.success() && output.stderr.is_empty(), "{base}: {output:?}");
        let said = text(&output.stdout);
        let state = "state base=0x0 bloc=+0x0 blocMax=+0x0 in_use=0 need_zero=1 free=";
        let want = [
            format!("alloc 1 -> nil # {error}"),
            format!("reserve nil 1 -> nil # {error}"),
            format!("unused 0x1000 4096 # {error}"),
            format!("{state} # {error}"),
            format!("check -> {error}"),
        ];
        assert_eq!(said.lines().collect::<Vec<_>>(), want, "{base}");
    }
}

#[test]
fn bad_settings_are_one_line_and_exit_2() {
    let long = "x".repeat(1024);
    let far = format!("trace=/{}", "x".repeat(300));
    let twice = "start=8K,initial=4K";
    for (value, culprit) in [
        ("profile=linux", "\"profile=linux\": want plan9"),
        ("advice=", "\"advice=\": want go"),
        ("check=full,misuse=ignore,limit=1G", "\"misuse=ignore\": want abort"),
        ("check", "\"check\": want profile="),
        ("check=", "\"check=\": want fast or full"),
        ("base=ten", "\"base=ten\": want a number"),
        ("start=x", "\"start=x\": want a number"),
        ("initial=K", "\"initial=K\": want a number"),
        ("limit=1T", "\"limit=1T\": want a number"),
        ("colour=red", "\"colour=red\": want profile"),
        ("trace=/nowhere/at/all", "\"/nowhere/at/all\": trace"),
        ("trace=/dev/full", "\"/dev/full\": trace: neither a regular file nor a directory"),
        (&far, &format!("\"/{}\"...: trace: a file name has at most 255 bytes", "x".repeat(114))),
        (twice, "want base on a page, and start <= initial"),
        ("base=1", "want base on a page"),
        (&long, "want at most 1023 bytes"),
    ] {
        let output = perform(value, &["alloc 1"]);
        assert_eq!(output.status.code(), Some(2), "{value}");
        assert_eq!(text(&output.stdout), "", "{value}");
        let said = text(&output.stderr);
        let begins = format!("gosbrk: GOSBRK: {culprit}");
        assert!(said.starts_with(&begins) && said.lines().count() == 1, "{value}: {said}");
    }
}

#[test]
fn trace_is_what_was_done() {
    let trace = scratch("trace").join("trace");
    let lines = [
        "alloc 65536 \"heap\"",
        "alloc 1",
        "free +0x0 65536",
        "reserve nil 4096 \"two words\"",
        "reserve +0x1000 8192",
        "reserve-aligned 4194304 4194304",
        "reserve-aligned 4194304 3",
        "map +0x400000 65536 \"heap\"",
        "unused +0x400000 4096",
        "used +0x400000 4096",
        "hugepage +0x400000 2097152",
        "nohugepage +0x400000 4096",
        "collapse +0x400000 2097152",
        "fault +0x400000 4096",
        "free nil 1",
        "alloc 0",
    ];
    let said = output(&format!("misuse=report,trace={}", trace.display()), &lines);
    // The trace gives the names of errors, the script their texts.
    let named = Error::ALL.iter().fold(said, |said, error| {
        said.replace(&format!("# {error}\n"), &format!("# {}\n", error.name()))
    });
    let head = "init profile=plan9 start=0x0 initial=0x0 limit=0x0\n";
    assert_eq!(Trace::read(trace).text(), format!("{head}{named}"));
}

#[test]
fn a_program_with_more_rights_than_its_user_ignores_it() {
    const NOBODY: u32 = 65534;
    let what = "GOSBRK in a program with more rights than its user";
    let dir = scratch("secure");
    let (secure, lines) = (dir.join("script"), dir.join("lines"));
    fs::write(&lines, "alloc 1\n").unwrap();
    fs::copy(script(), &secure).unwrap();
    fs::set_permissions(&secure, fs::Permissions::from_mode(0o4755)).unwrap();
    if fs::metadata(&secure).unwrap().uid() != 0 {
        return skip(what, "only root can make one");
    }
    let mut command = program(&secure);
    command.uid(NOBODY).env("GOSBRK", "profile=nonsense");
    command.stdin(fs::File::open(lines).unwrap());
    match command.output() {
        Err(e) => skip(what, &format!("nobody cannot start one under target/ ({e})")),
        Ok(_) if mounted_nosuid(&secure) => skip(what, "target/ is mounted nosuid"),
        Ok(output) => assert_eq!(text(&output.stdout), "alloc 1 -> +0x0\n", "{output:?}"),
    }
    fs::remove_file(&secure).unwrap();
}

fn mounted_nosuid(path: &Path) -> bool {
    let mut findmnt = std::process::Command::new("findmnt");
    text(&run(findmnt.args(["-no", "OPTIONS", "--target"]).arg(path)).stdout).contains("nosuid")
}

/// A region of three pages at an address of the tests' choosing, the middle one
/// free, and a region of two pages behind it.
const SEGMENT: &str = "base=0x100000000";
const BEFORE: [&str; 3] = ["alloc 12288", "free +0x1000 4096", "alloc 8192"];

/// Calls that break a rule, as a script has them and as the report names them.
const MISUSE: [(&str, &str, Error); 27] = [
    ("alloc 0", "sysAllocOS(0)", Error::Zero),
    ("alloc 0xffffffffffffffff", "sysAllocOS(18446744073709551615)", Error::Overflow),
    ("alloc 0xfffffffffffff000", "sysAllocOS(18446744073709547520)", Error::Overflow),
    ("reserve nil 0", "sysReserveOS(0x0, 0)", Error::Zero),
    ("reserve +0x5000 0", "sysReserveOS(0x100005000, 0)", Error::Zero),
    ("reserve-aligned 0 4096", "sysReserveAlignedSbrk(0, 4096)", Error::Zero),
    ("reserve-aligned 4096 0", "sysReserveAlignedSbrk(4096, 0)", Error::Align),
    ("reserve-aligned 4096 12288", "sysReserveAlignedSbrk(4096, 12288)", Error::Align),
    ("reserve-aligned 4097 4096", "sysReserveAlignedSbrk(4097, 4096)", Error::Unaligned),
    (
        "reserve-aligned 0xfffffffffffff000 4096",
        "sysReserveAlignedSbrk(18446744073709547520, 4096)",
        Error::Overflow,
    ),
    ("free +0x0 0", "sysFreeOS(0x100000000, 0)", Error::Zero),
    (
        "free +0x0 0xffffffffffffffff",
        "sysFreeOS(0x100000000, 18446744073709551615)",
        Error::Overflow,
    ),
    ("free +0x1 4096", "sysFreeOS(0x100000001, 4096)", Error::Unaligned),
    ("free +0x1000 4096", "sysFreeOS(0x100001000, 4096)", Error::DoubleFree),
    ("free +0x0 8192", "sysFreeOS(0x100000000, 8192)", Error::DoubleFree),
    ("free +0x1000 8192", "sysFreeOS(0x100001000, 8192)", Error::DoubleFree),
    ("free +0x2000 8192", "sysFreeOS(0x100002000, 8192)", Error::Mismatch),
    ("free +0x2000 12288", "sysFreeOS(0x100002000, 12288)", Error::Mismatch),
    ("free +0x3000 4095", "sysFreeOS(0x100003000, 4095)", Error::Mismatch),
    ("free +0x5000 4096", "sysFreeOS(0x100005000, 4096)", Error::Range),
    ("free +0x4000 8192", "sysFreeOS(0x100004000, 8192)", Error::Range),
    ("free +0xffffffffffff0000 4096", "sysFreeOS(0xffff0000, 4096)", Error::Range),
    ("map +0x1 4096", "sysMapOS(0x100000001, 4096)", Error::Unaligned),
    ("used +0x5000 4096", "sysUsedOS(0x100005000, 4096)", Error::Range),
    ("unused +0x0 4095", "sysUnusedOS(0x100000000, 4095)", Error::Unaligned),
    ("fault +0x1000 4096", "sysFaultOS(0x100001000, 4096)", Error::Range),
    ("hugepage +0x0 0x400000", "sysHugePageOS(0x100000000, 4194304)", Error::Range),
];

/// The hints look at their arguments only when the kernel is to hear of them,
/// and sysMapOS and sysUsedOS once there is a range to open.
const HINTS: [&str; 2] = ["advice=os", "fault +0x0 4096"];

#[test]
fn misuse_is_reported_and_changes_nothing() {
    for (op, _, error) in MISUSE {
        let settings = format!("{SEGMENT},{},misuse=report", HINTS[0]);
        let lines = [&BEFORE[..], &[HINTS[1], "state", op, "state", "check"]].concat();
        let said = output(&settings, &lines);
        let said: Vec<_> = said.lines().skip(BEFORE.len() + 1).collect();
        let [before, refused, after, check] = said[..] else { panic!("{op}: {said:?}") };
        assert!(refused.ends_with(&format!(" # {error}")), "{refused}");
        assert!(refused.starts_with(op), "{refused}");
        assert!(!refused.contains("-> +"), "{refused}");
        assert_eq!(before, after, "{op}");
        assert_eq!(check, "check -> no error", "{op}");
    }
}

#[test]
fn misuse_aborts_with_one_line() {
    for (op, call, error) in MISUSE {
        let lines = [&BEFORE[..], &[HINTS[1], op]].concat();
        aborts(&format!("{SEGMENT},{}", HINTS[0]), &lines, call, error);
    }
}

#[test]
fn an_overwritten_header_is_found_before_it_is_used() {
    let lines = [&BEFORE[..], &["write +0x1000 8", "check", "alloc 1", "free +0x0 4096"]].concat();
    let error = Error::Corrupt;
    assert_eq!(
        after(BEFORE.len() + 1, &output(&format!("{SEGMENT},misuse=report"), &lines)),
        [
            format!("check -> {error}"),
            format!("alloc 1 -> nil # {error}"),
            format!("free +0x0 4096 # {error}"),
        ]
    );
    aborts(SEGMENT, &lines, "sysAllocOS(1)", error);
}

#[test]
fn a_written_body_is_found_with_full_checks() {
    let lines = [&BEFORE[..], &["write +0x1010 1", "check", "alloc 1"]].concat();
    let error = Error::Dirty;
    assert_eq!(
        after(BEFORE.len() + 1, &output(&format!("{SEGMENT},check=full,misuse=report"), &lines)),
        [format!("check -> {error}"), format!("alloc 1 -> nil # {error}")]
    );
    aborts(&format!("{SEGMENT},check=full"), &lines, "sysAllocOS(1)", error);
}

/// What a script printed from its line `n` on.
fn after(n: usize, said: &str) -> Vec<String> {
    said.lines().skip(n).map(str::to_owned).collect()
}

/// The script ends as misuse does, with a line that names this call.
#[track_caller]
fn aborts(settings: &str, lines: &[&str], call: &str, error: Error) {
    let output = perform(settings, lines);
    assert_eq!(output.status.signal(), Some(SIGABRT), "{lines:?}: {output:?}");
    assert_eq!(text(&output.stderr), format!("gosbrk: {call}: {error} ({})\n", error.name()));
}

#[test]
fn out_of_memory_is_no_misuse() {
    let lines = ["alloc 4096", "alloc 4096", "reserve +0x1000 4096", "reserve-aligned 4096 4096"];
    let nomem = Error::NoMem;
    assert_eq!(
        output("limit=4096,misuse=abort", &lines),
        format!(
            "alloc 4096 -> +0x0\n\
             alloc 4096 -> nil # {nomem}\n\
             reserve +0x1000 4096 -> nil # {nomem}\n\
             reserve-aligned 4096 4096 -> nil 0 # {nomem}\n"
        )
    );
}
