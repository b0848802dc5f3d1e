//! What the tests of whole Go programs share: the command, the programs of
//! `testdata/go`, and ways to run them.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

use super::{own_file, root, run, succeed};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

/// The layouts of the command.
pub const LAYOUTS: [&str; 2] = ["plain", "compact"];

/// Stands for stock Go where a layout is expected.
pub const STOCK: &str = "stock";

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

/// A program that another machine has built, in the folder that `GOSBRK_TEST_PROGRAMS` names. With
/// that variable none is built here.
fn built_elsewhere(file: &str) -> Option<PathBuf> {
    Some(Path::new(&std::env::var_os("GOSBRK_TEST_PROGRAMS")?).join(file))
}

/// Builds a program by other arguments of the command, under a name of its own.
pub fn build_with(verb: &[&str], name: &str, kind: &str, options: &[&str]) -> PathBuf {
    let file = format!("{name}-{kind}");
    if let Some(program) = built_elsewhere(&file) {
        return program;
    }
    let program = own_file(&file);
    let mut command = gosbrk(verb);
    succeed(command.args(options).arg("-o").arg(&program).arg(format!("./{name}")));
    program
}

/// Builds a program with Go as it is.
pub fn build_stock(name: &str) -> PathBuf {
    let file = format!("{name}-stock");
    if let Some(program) = built_elsewhere(&file) {
        return program;
    }
    let program = own_file(&file);
    succeed(go(&["build", "-o"]).arg(&program).arg(format!("./{name}")));
    program
}

/// Runs the command that builds a program, unless this process has done that. Without a command,
/// nothing is built. Gives whether the program is there.
pub fn once(program: &Path, build: impl FnOnce() -> Option<Command>) -> bool {
    static BUILT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut there = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if there.contains(program) {
        return true;
    }
    let Some(mut command) = build() else { return false };
    succeed(&mut command);
    there.insert(program.to_owned())
}

/// Builds a program with stock Go or with a layout, unless this process has built it. Its
/// file name contains the environment.
pub fn built(name: &str, on: &str, environment: &[(&str, &str)]) -> PathBuf {
    let values = environment.iter().map(|(variable, value)| format!("-{variable}={value}"));
    let file = format!("{name}-{on}{}", values.collect::<String>());
    if let Some(program) = built_elsewhere(&file) {
        return program;
    }
    let program = own_file(&file);
    once(&program, || {
        let mut command = match on {
            STOCK => go(&["build"]),
            layout => gosbrk(&["--layout", layout, "go", "build"]),
        };
        command.envs(environment.iter().copied()).arg("-o").arg(&program);
        command.arg(format!("./{name}"));
        Some(command)
    });
    program
}

/// Whether the Go at hand has the small arenas of compact: 1.26 and later.
pub fn small_arenas() -> bool {
    let version = succeed(&mut go(&["env", "GOVERSION"]));
    let minor = version.strip_prefix("go1.").and_then(|rest| rest.get(..2)?.parse::<u32>().ok());
    minor.unwrap_or_else(|| panic!("{version}")) >= 26
}

/// Runs a program under limits that a shell sets.
pub fn limited(limits: &str, program: &Path, args: &[&str]) -> Output {
    let script = format!("{limits}; exec \"$@\"");
    run(Command::new("bash").args(["-c", &script, "bash"]).arg(program).args(args))
}

/// What a program says of itself: lines of a name and a number.
pub fn numbers(said: &str) -> BTreeMap<String, u64> {
    let pair = |line: &str| {
        Some((line.split_once(' ')?.0.to_owned(), line.split_once(' ')?.1.parse().ok()?))
    };
    said.lines().filter_map(pair).collect()
}

/// The least of a number over some runs: how much a program needs, apart from
/// what the kernel and the scheduler happen to add.
pub fn least(program: &Path, args: &[&str], name: &str) -> u64 {
    least_of(20, program, args)[name]
}

/// The least of each number over so many runs.
pub fn least_of(runs: u32, program: &Path, args: &[&str]) -> BTreeMap<String, u64> {
    let mut least = BTreeMap::new();
    for _ in 0..runs {
        for (name, number) in numbers(&succeed(Command::new(program).args(args))) {
            least.entry(name).and_modify(|it| *it = number.min(*it)).or_insert(number);
        }
    }
    least
}
