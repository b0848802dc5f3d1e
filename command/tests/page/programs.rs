//! The programs whose pages are looked at.

use crate::common::whole::once;
use crate::common::{own_file, root, run};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The command under test.
pub fn gosbrk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    command.env_remove("GOSBRK");
    command
}

/// Builds a program of `testdata/look` by a go command, unless that was done before.
fn built(mut go: Command, on: &str, program: &str) -> PathBuf {
    let binary = own_file(&format!("{program}-{on}"));
    once(&binary, || {
        go.current_dir(root().join("testdata/look")).args(["build", "-o"]).arg(&binary);
        go.arg(format!("./{program}"));
        Some(go)
    });
    binary
}

/// Runs a program of `testdata/look` on gosbrk and gives its trace.
pub fn record(dir: &Path, layout: &str, program: &str, arguments: &[&str]) -> PathBuf {
    let mut go = gosbrk();
    go.args(["--layout", layout, "go"]);
    let trace = dir.join(format!("{layout}-{program}-{}.gosbrk", arguments[0]));
    let mut recorded = Command::new(built(go, layout, program));
    recorded.args(arguments).stdin(Stdio::null());
    recorded.env("GOSBRK", format!("trace={}", trace.display()));
    let out = run(&mut recorded);
    assert!(out.status.success(), "{out:?}");
    trace
}

/// A stock program that has had 30 MB and waits.
pub fn idle() -> Child {
    let mut go = Command::new("go");
    go.env_remove("GOROOT").env_remove("GOFLAGS");
    let mut child = Command::new(built(go, "stock", "memory"))
        .args(["kept", "30"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It answers when it has had its memory.
    let stdin = child.stdin.as_mut().expect("its input");
    stdin.write_all(b"\n").expect("it reads");
    let mut lines = std::io::BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    while line != ".\n" {
        line.clear();
        let count = std::io::BufRead::read_line(&mut lines, &mut line).expect("an answer");
        assert!(count > 0, "it has ended");
    }
    child
}

/// Ends it.
pub fn end(child: &mut Child) {
    drop(child.stdin.take());
    child.wait().expect("it ends");
}
