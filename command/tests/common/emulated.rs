//! Programs for linux/arm64 on this machine, by qemu-user. Needs what
//! `tools/setup-arm64.sh --install tests` installs.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

use super::{root, run, skip, text};
use std::path::Path;
use std::process::Command;

/// Seconds after which a program hangs: an emulator can.
pub const PATIENCE: &str = "300";

/// Where the C library is that programs with C code are linked to.
pub const SYSTEM: &str = "/usr/aarch64-linux-gnu";

/// Whether the tools are there; says so if not.
pub fn has_tools(test: &str) -> bool {
    let setup = run(Command::new(root().join("tools/setup-arm64.sh")).arg("tests"));
    let other = cfg!(target_arch = "x86_64");
    if !other {
        skip(test, "this is such a machine, where the other tests say as much");
    } else if !setup.status.success() {
        skip(test, text(&setup.stderr).trim());
    }
    other && setup.status.success()
}

/// A program on a kernel with pages of so many bytes.
pub fn emulated(page: &str, program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args([PATIENCE, "qemu-aarch64", "-L", SYSTEM, "-p", page]);
    command.arg(program).env_remove("GOSBRK");
    command
}

/// A command that the kernel runs, and all that it starts, whether they are for this machine or
/// for linux/arm64: `tools/emulate-arm64.sh`. Where the kernel cannot do that, a line says so.
pub fn natively(test: &str, command: &[&str]) -> Option<Command> {
    let begin = |command: &[&str]| {
        let mut emulate = Command::new("timeout");
        emulate.arg(LONG_PATIENCE).arg(root().join("tools/emulate-arm64.sh")).args(command);
        emulate
    };
    let tried = run(&mut begin(&["true"]));
    if !tried.status.success() {
        let said = text(&tried.stderr);
        skip(test, said.lines().last().unwrap_or("tools/emulate-arm64.sh fails"));
        return None;
    }
    Some(begin(command))
}

/// Seconds that a Go compiler may take under emulation.
const LONG_PATIENCE: &str = "3600";
