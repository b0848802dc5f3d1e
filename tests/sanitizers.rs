//! The C programs under sanitizers and under Valgrind, each with a proof that
//! the tool is at work: its symbols, and a fault that it must find.

mod common;

use common::{build, can_link, cc, is_there, program, run, scratch, skip, succeed, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// Programs that do all there is to do, with the options that they want.
const PROGRAMS: [(&str, &[&str]); 4] =
    [("every.c", &[]), ("example.c", &[]), ("threads.c", &["-pthread"]), ("fork.c", &["-pthread"])];

/// A program with one fault: it reads behind what it got from `malloc`.
const FAULT: &str = "#include <stdlib.h>
int main(int n, char **args) {
    (void)args;
    char *volatile p = malloc(8);
    return p[8 + n] == 'x';
}
";

fn faulty(dir: &Path, options: &[&str]) -> PathBuf {
    let fault = dir.join("fault.c");
    fs::write(&fault, FAULT).unwrap();
    let out = dir.join("fault");
    succeed(cc().args(options).arg(fault).arg("-o").arg(&out));
    out
}

#[test]
fn sanitizers_find_nothing() {
    let dir = scratch("sanitizers");
    if !can_link(&dir, &SANITIZERS) {
        return skip("AddressSanitizer", "the C compiler cannot link it (libasan, libubsan)");
    }
    let caught = run(&mut program(faulty(&dir, &SANITIZERS)));
    assert!(text(&caught.stderr).contains("AddressSanitizer: heap-buffer-overflow"), "{caught:?}");
    for (name, options) in PROGRAMS {
        let path = build(&dir, name, &[&SANITIZERS, options].concat());
        let symbols = succeed(Command::new("nm").arg("--format=just-symbols").arg(&path));
        for proof in ["__asan_init", "__asan_report_load", "__ubsan_handle"] {
            assert!(symbols.contains(proof), "{name} has no {proof}: it was not sanitized");
        }
        let said = succeed(&mut program(path));
        if name == "every.c" {
            let base = said.strip_prefix("base 0x").unwrap().trim();
            outside_of_shadow(usize::from_str_radix(base, 16).unwrap());
        }
    }
}

/// `AddressSanitizer` keeps its books where a segment goes by choice, so that
/// the library must have gone elsewhere; and as well aligned as ever.
fn outside_of_shadow(base: usize) {
    let shadow = 0x7fff_8000..0x1000_7fff_8000;
    assert!(base != 0 && !shadow.contains(&base), "{base:#x}");
    assert_eq!(base % (4 << 30), 0, "{base:#x}");
}

#[test]
fn valgrind_finds_nothing() {
    if !is_there("valgrind") {
        return skip("Valgrind", "there is no valgrind");
    }
    let dir = scratch("valgrind");
    let valgrind = |path: &Path| {
        let mut command = program("valgrind");
        command.args(["--quiet", "--error-exitcode=99", "--leak-check=full"]);
        command.arg(path);
        command
    };
    let caught = run(&mut valgrind(&faulty(&dir, &[])));
    assert_eq!(caught.status.code(), Some(99), "{caught:?}");
    assert!(text(&caught.stderr).contains("Invalid read of size 1"), "{caught:?}");
    for (name, options) in PROGRAMS {
        let path = build(&dir, name, options);
        succeed(&mut valgrind(&path));
    }
}
