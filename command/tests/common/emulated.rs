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

/// A command that the kernel runs, and all that it starts, wherever they are for linux/arm64.
/// That is so in a user namespace of its own: nothing on this machine changes. Where the kernel
/// has no such thing (it came with Linux 6.7), a line says so.
pub fn natively(test: &str, command: &[&str]) -> Option<Command> {
    let qemu = run(Command::new("sh").args(["-c", "command -v qemu-aarch64"]));
    let kernel = format!("{SCRIPT}\nexec \"$@\"");
    let begin = |command: &[&str]| {
        let mut unshare = Command::new("timeout");
        unshare.args([LONG_PATIENCE, "unshare", "--user", "--map-root-user", "--mount"]);
        unshare.args(["sh", "-ec", &kernel, text(&qemu.stdout).trim()]).args(command);
        unshare
    };
    let tried = run(&mut begin(&["true"]));
    if !tried.status.success() {
        let said = text(&tried.stderr);
        skip(test, said.lines().last().unwrap_or("there is no unshare"));
        return None;
    }
    Some(begin(command))
}

/// Seconds that a Go compiler may take under emulation.
const LONG_PATIENCE: &str = "3600";

/// Tells the kernel of the emulator, `$0`. What comes first in a program's file says what it is
/// for: 64 bits, little-endian, a program, AArch64.
const SCRIPT: &str = r"
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf %s ':gosbrk-arm64:M::'$magic:$mask:$0:F >/proc/sys/fs/binfmt_misc/register";
