//! The programs whose pages are looked at.

use crate::common::{root, run, succeed};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The command under test.
pub fn gosbrk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    command.env_remove("GOSBRK");
    command
}

/// Builds a program of `testdata/look` on gosbrk, runs it, and gives its trace.
pub fn record(dir: &Path, layout: &str, program: &str, arguments: &[&str]) -> PathBuf {
    let name = format!("{layout}-{program}-{}", arguments[0]);
    let (binary, trace) = (dir.join(&name), dir.join(format!("{name}.gosbrk")));
    let mut build = gosbrk();
    build.current_dir(root().join("testdata/look")).args(["--layout", layout, "go", "build", "-o"]);
    succeed(build.arg(&binary).arg(format!("./{program}")));
    let mut recorded = Command::new(&binary);
    recorded.args(arguments).stdin(Stdio::null());
    recorded.env("GOSBRK", format!("trace={}", trace.display()));
    let out = run(&mut recorded);
    assert!(out.status.success(), "{out:?}");
    trace
}

/// A stock program that has had 30 MB and waits.
pub fn idle(dir: &Path) -> Child {
    let binary = dir.join("memory");
    let mut build = Command::new("go");
    build.current_dir(root().join("testdata/look")).env_remove("GOROOT").env_remove("GOFLAGS");
    succeed(build.args(["build", "-o"]).arg(&binary).arg("./memory"));
    let mut child = Command::new(&binary)
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
