//! The variable `GOSBRK`, as a whole Go program reads it.

mod common;

use common::trace::Trace;
use common::whole::small_arenas;
use common::{root, run, scratch, succeed, text};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Each layout, with the smallest limit that a program can start with.
fn layouts() -> [(&'static str, &'static str); 2] {
    [("plain", "1216M"), ("compact", if small_arenas() { "4M" } else { "6M" })]
}

/// What a setting that is not a program's own is answered with.
const KEYS: &str =
    "a Go program accepts advice=, arenas=, check=, cstack=, limit=, memlimit= and trace=";

/// What sizes of C stacks and numbers of arenas there are.
const STACK: &str = "want default or a number of bytes from 64K to 1G, such as 65536, 256K or 8M";
const ARENAS: &str = "want default or a number from 1 to 65535";

/// A program of `testdata/go`, built with a layout.
fn build(dir: &Path, name: &str, layout: &str) -> PathBuf {
    let program = dir.join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    command.args(["--layout", layout, "go", "build", "-o"]).arg(&program);
    succeed(command.arg(format!("./{name}")).current_dir(root().join("testdata/go")));
    program
}

fn with(settings: &str, program: &Path) -> Output {
    run(Command::new(program).env("GOSBRK", settings))
}

#[test]
fn one_that_a_program_does_not_have_is_refused_before_it_begins() {
    for (layout, least) in layouts() {
        let hello = build(&scratch(&format!("environ-bad-{layout}")), "hello", layout);
        let too_small = format!("want at least {least}");
        for (setting, want) in [
            ("profile=wasm", KEYS),
            ("misuse=report", KEYS),
            ("base=4G", KEYS),
            ("start=64K", KEYS),
            ("initial=1M", KEYS),
            ("colour=red", KEYS),
            ("limit", KEYS),
            ("advice=linux", "want go or os"),
            ("check=", "want fast or full"),
            ("memlimit=some", "want auto, off, cgroup or a number of bytes, such as 512M"),
            ("trace=", "want the name of a file"),
            ("cstack=63K", STACK),
            ("cstack=2G", STACK),
            ("cstack=", STACK),
            ("arenas=0", ARENAS),
            ("arenas=1K", ARENAS),
            ("limit=0", &too_small),
            ("limit=1K", &too_small),
            ("limit=3M", &too_small),
            (
                "limit=99999999999G",
                "want a number of bytes below 2^64, such as 65536, 0x10000, 64K, 1M or 4G",
            ),
        ] {
            let output = with(&format!("advice=os,{setting}"), &hello);
            assert_eq!(output.status.code(), Some(2), "{layout}: {output:?}");
            let said = text(&output.stderr);
            assert_eq!(said, format!("gosbrk: GOSBRK: \"{setting}\": {want}\n"), "{layout}");
            assert!(output.stdout.is_empty(), "{layout}: {output:?}");
        }
    }
}

#[test]
fn its_own_are_followed() {
    for (layout, least) in layouts() {
        let dir = scratch(&format!("environ-good-{layout}"));
        let hello = build(&dir, "hello", layout);
        let trace = dir.join("trace");
        for settings in [
            ",",
            "advice=go,check=full",
            "cstack=0x100000,arenas=4",
            "cstack=default,arenas=default",
            "memlimit=auto",
            "memlimit=2M",
            &format!("limit={least}"),
            // More than the layout can have is no limit.
            "limit=17179869183G",
            &format!("trace={}", trace.display()),
        ] {
            let output = with(settings, &hello);
            assert_eq!(text(&output.stdout), "hello, world\n", "{layout}, {settings}: {output:?}");
        }
        assert!(Trace::read(trace).calls().count() > 10);
    }
}

#[test]
fn a_limit_is_kept() {
    let oom = build(&scratch("environ-limit"), "oom", "compact");
    let output = with("limit=64M", &oom);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("runtime: out of memory"), "{output:?}");
}
