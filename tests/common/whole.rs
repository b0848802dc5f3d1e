//! What the tests of whole Go programs share: the command under test, the user's own
//! Go, and the programs of `testdata/go`, built by either.

use super::{root, run, succeed};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub const LAYOUTS: [&str; 2] = ["plain", "compact"];

/// The command under test, at work on the programs.
pub fn gosbrk(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    command.args(args).current_dir(root().join("testdata/go")).env_remove("GOSBRK");
    command
}

/// The user's own Go, at work on the programs.
pub fn go(args: &[&str]) -> Command {
    let mut command = Command::new("go");
    command.args(args).current_dir(root().join("testdata/go")).env_remove("GOSBRK");
    command
}

/// Builds a program with a layout and gives its path.
pub fn build(name: &str, layout: &str, options: &[&str]) -> PathBuf {
    build_with(&["--layout", layout, "go", "build"], name, layout, options)
}

pub fn build_with(verb: &[&str], name: &str, kind: &str, options: &[&str]) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{kind}"));
    let mut command = gosbrk(verb);
    succeed(command.args(options).arg("-o").arg(&program).arg(format!("./{name}")));
    program
}

/// Builds a program with Go as it is.
pub fn build_stock(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-stock"));
    succeed(go(&["build", "-o"]).arg(&program).arg(format!("./{name}")));
    program
}

/// Runs a program under limits that a shell sets.
pub fn limited(limits: &str, program: &Path, args: &[&str]) -> Output {
    let script = format!("{limits}; exec \"$@\"");
    run(Command::new("bash").args(["-c", &script, "bash"]).arg(program).args(args))
}
