//! Recordings that somebody cuts short while their programs run, as log rotation does.

use crate::common::{root, succeed, text};
use crate::program::{OWN, gosbrk, place, toolchain};
use gosbrk_trace::file::Trace;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const LAYOUTS: [&str; 2] = ["plain", "compact"];
const LINE: &str = "gosbrk: the trace ends here: the file was cut short, or its disk failed";

/// Builds the program; nothing, with the reason told, where that release cannot be had.
fn built(layout: &str, cgo: &str, release: &str) -> Option<PathBuf> {
    let toolchain = toolchain(release, "programs")?;
    let path = place(&format!("cutshort-{layout}-{cgo}-{release}"));
    let mut command = gosbrk();
    command.current_dir(root().join("testdata/go")).env("CGO_ENABLED", cgo);
    command.env("GOTOOLCHAIN", toolchain);
    command.args(["--layout", layout, "go", "build", "-o"]).arg(&path).arg("./cutshort");
    succeed(&mut command);
    Some(path)
}

/// Runs the program, and cuts its recording to no bytes while it waits for a line.
fn cut(program: &Path, way: &str) -> (Output, PathBuf) {
    let file = program.with_extension(format!("{way}.gosbrk"));
    let mut command = Command::new(program);
    command.arg(way).env("GOSBRK", format!("trace={}", file.display()));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    assert!(fs::metadata(&file).unwrap().len() > 4096);
    File::options().write(true).truncate(true).open(&file).unwrap();
    // The program may have ended.
    let _ = child.stdin.take().unwrap().write_all(b"go on\n");
    line.clear();
    output.read_line(&mut line).unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stdout = line.into_bytes();
    (output, file)
}

#[track_caller]
fn goes_on(layout: &str, cgo: &str, release: &str) {
    let Some(program) = built(layout, cgo, release) else { return };
    let about = format!("{layout}, cgo {cgo}, Go {release}");
    let (output, file) = cut(&program, "work");
    assert!(output.status.success(), "{about}: {output:?}");
    assert_eq!(text(&output.stdout), "done\n", "{about}");
    assert_eq!(text(&output.stderr).lines().collect::<Vec<_>>(), [LINE], "{about}");
    assert!(Trace::open(&file).is_err(), "{about}");

    // Signals are blocked where this one is handled.
    let (output, _) = cut(&program, "signal");
    assert_eq!(output.status.signal(), Some(libc::SIGTERM), "{about}: {output:?}");
    assert_eq!(text(&output.stderr).lines().collect::<Vec<_>>(), [LINE], "{about}");
}

#[test]
fn a_program_goes_on_without_its_recording() {
    for layout in LAYOUTS {
        for cgo in ["0", "1"] {
            goes_on(layout, cgo, OWN);
        }
    }
}

#[test]
fn programs_of_other_releases_go_on_too() {
    for (layout, release) in LAYOUTS.into_iter().zip(["1.24.11", "1.27.3"]) {
        goes_on(layout, "0", release);
    }
}
