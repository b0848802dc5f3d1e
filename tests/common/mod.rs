//! What the tests of the C side share: the archive, the header, a C compiler.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

pub mod declarations;
pub mod trace;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The top of the tree: the package of a test may be a folder below.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|dir| dir.join("include/gosbrk.h").is_file()).unwrap_or(package)
}

/// A file under `target/` that no other test program has: they may run at the same time.
pub fn own_file(name: &str) -> PathBuf {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    let dir = DIR.get_or_init(|| {
        let program = concat!(env!("CARGO_PKG_NAME"), "-", env!("CARGO_CRATE_NAME"));
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(program);
        std::fs::create_dir_all(&dir).unwrap();
        dir
    });
    dir.join(name)
}

/// A directory of the test's own under `target/`, empty.
pub fn scratch(name: &str) -> PathBuf {
    let dir = own_file(name);
    match std::fs::remove_dir_all(&dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => panic!("{}: {e}", dir.display()),
        _ => std::fs::create_dir_all(&dir).unwrap(),
    }
    dir
}

/// The library that C programs link, built afresh if its sources have changed; or
/// one that was built to count what is run, as `tools/coverage.sh` has it.
pub fn archive() -> &'static Path {
    static ARCHIVE: OnceLock<PathBuf> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        if let Some(archive) = std::env::var_os("GOSBRK_TEST_ARCHIVE") {
            return archive.into();
        }
        succeed(&mut make(&["archive"]));
        root().join("target/release/libgosbrk.a")
    })
}

/// `make` at the top of the tree.
pub fn make(args: &[&str]) -> Command {
    let mut make = Command::new("make");
    alone(make.current_dir(root()).args(args));
    make
}

/// Frees a command that runs `make` of what a `make` that runs this test wants of
/// its own children.
pub fn alone(command: &mut Command) -> &mut Command {
    for variable in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CARGO_MAKEFLAGS"] {
        command.env_remove(variable);
    }
    command
}

/// The text of the header.
pub fn header() -> String {
    std::fs::read_to_string(root().join("include/gosbrk.h")).unwrap()
}

/// The program that a variable like `CC` names, or the usual one.
pub fn tool(variable: &str, usual: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| usual.to_owned())
}

/// Whether a program can be started at all.
pub fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// A C compiler at work in strict C11, with the header at hand.
pub fn cc() -> Command {
    let mut cc = Command::new(tool("CC", "cc"));
    cc.args(["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"]);
    cc.arg(root().join("include"));
    cc
}

/// Where a C program of `testdata/c` is.
pub fn source(name: &str) -> PathBuf {
    root().join("testdata/c").join(name)
}

/// Whether this machine can link a program with these options at all: its C
/// library may not be there for static linking, or a sanitizer's not at all.
pub fn can_link(dir: &Path, options: &[&str]) -> bool {
    let empty = dir.join("empty.c");
    std::fs::write(&empty, "int main(void) { return 0; }\n").unwrap();
    run(cc().args(options).arg(&empty).arg("-o").arg(dir.join("empty"))).status.success()
}

/// Compiles a program of `testdata/c`, links it with the library, and gives its
/// path.
pub fn build(dir: &Path, name: &str, options: &[&str]) -> PathBuf {
    let program = dir.join(name).with_extension("");
    succeed(cc().args(options).arg(source(name)).arg(archive()).arg("-o").arg(&program));
    program
}

/// Runs a command that must succeed and gives what it wrote to standard output.
#[track_caller]
pub fn succeed(command: &mut Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, text(&output.stderr));
    text(&output.stdout)
}

/// Runs a command, whatever comes of it.
#[track_caller]
pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// A program of the tests with nothing in its environment that the library
/// would follow.
pub fn program(path: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(path);
    command.env_remove("GOSBRK");
    command
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Tells something to whoever runs the tests, also when they pass.
pub fn tell(line: &str) {
    // Not eprint!, which the test harness keeps to itself.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Names a check that cannot be made on this machine, and why.
pub fn skip(what: &str, why: &str) {
    // On a line of its own, whatever the harness has begun to say.
    tell(&format!("\nskipped: {what}: {why}"));
}

/// Whether the long amounts are asked for: `GOSBRK_TEST_LONG=1`.
pub fn long() -> bool {
    std::env::var_os("GOSBRK_TEST_LONG").is_some_and(|value| value == "1")
}

/// Tells an amount that was reached, as `arena::amount` does.
pub fn reached(amount: &str) {
    let line = format!("reached: {}", amount.trim_end());
    if long() {
        tell(&line);
    } else {
        println!("{line}");
    }
}
