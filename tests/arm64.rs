//! The library for linux/arm64, under emulation: the archive, C programs on kernels with
//! pages of 4, 16 and 64 KiB, and the object that goes into a Go root. Needs what
//! `tools/setup-arm64.sh --install tests` installs.

mod common;

use common::declarations::functions;
use common::{header, make, root, run, scratch, skip, source, succeed, text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Seconds after which a program hangs: an emulator can.
const PATIENCE: &str = "120";

/// Whether the tools are there; says so if not.
fn has_tools(test: &str) -> bool {
    if cfg!(target_arch = "aarch64") {
        skip(test, "this is such a machine, where the other tests say as much");
        return false;
    }
    let setup = run(Command::new(root().join("tools/setup-arm64.sh")).arg("tests"));
    if !setup.status.success() {
        skip(test, text(&setup.stderr).trim());
    }
    setup.status.success()
}

/// The archive for C programs.
fn archive() -> &'static Path {
    static ARCHIVE: OnceLock<PathBuf> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        succeed(&mut make(&["archive", "TARGET=aarch64"]));
        root().join("target/aarch64/libgosbrk.a")
    })
}

fn cc() -> Command {
    let mut cc = Command::new("aarch64-linux-gnu-gcc");
    cc.args(["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pedantic", "-static", "-I"]);
    cc.arg(root().join("include"));
    cc
}

fn build(dir: &Path, name: &str, options: &[&str], with: &Path) -> PathBuf {
    let program = dir.join(name).with_extension("");
    succeed(cc().args(options).arg(source(name)).arg(with).arg("-o").arg(&program));
    program
}

/// A program on a kernel with pages of so many bytes.
fn emulated(page: &str, program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args([PATIENCE, "qemu-aarch64", "-p", page]).arg(program).env_remove("GOSBRK");
    command
}

/// A tool of the binutils at work on a file.
fn binutil(name: &str, options: &[&str], file: &Path) -> String {
    succeed(Command::new(format!("aarch64-linux-gnu-{name}")).args(options).arg(file))
}

#[test]
fn the_archive_has_the_functions_and_needs_nothing() {
    if !has_tools("the archive for linux/arm64") {
        return;
    }
    let symbols = |options: &[&str]| -> BTreeSet<String> {
        let options = [options, &["--format=just-symbols", "--quiet"]].concat();
        let listed = binutil("nm", &options, archive());
        listed.lines().filter(|l| !l.is_empty() && !l.ends_with(".o:")).map(str::to_owned).collect()
    };
    assert_eq!(symbols(&["--extern-only", "--defined-only"]), functions(&header()));
    assert_eq!(symbols(&["--undefined-only"]), BTreeSet::new());
    let panics = |symbol: &&String| symbol.contains("panic") || symbol.contains("unwind");
    assert_eq!(symbols(&[]).iter().find(panics), None);
}

#[test]
fn c_programs_work_on_every_page() {
    if !has_tools("C programs on linux/arm64") {
        return;
    }
    let dir = scratch("arm64-c");
    let [every, example, threads, fork] = ["every.c", "example.c", "threads.c", "fork.c"]
        .map(|name| build(&dir, name, &["-pthread"], archive()));
    let nostdlib = ["-nostdlib", "-ffreestanding", "-fno-stack-protector"];
    let freestanding = build(&dir, "freestanding.c", &nostdlib, archive());
    for page in ["4096", "16384", "65536"] {
        assert_eq!(succeed(&mut emulated(page, &every)), "base 0x4000000000\n");
        assert!(succeed(&mut emulated(page, &example)).contains("free at +0, 4194304 bytes\n"));
        assert_eq!(succeed(&mut emulated(page, &freestanding)), "no libc needed\n");
        assert_eq!(succeed(&mut emulated(page, &fork)), "51 children, none disturbed\n");
    }
    // It counts in pages of 4 KiB.
    let said = succeed(&mut emulated("4096", &threads));
    assert!(said.ends_with("each page its owner's\n"), "{said}");
}

#[test]
fn the_object_for_go_works_where_it_lies() {
    if !has_tools("the object for Go on linux/arm64") {
        return;
    }
    let dir = scratch("arm64-flat");
    let object = root().join("target/release/gosbrk_linux_arm64.syso");
    succeed(&mut make(&["object", "TARGET=aarch64"]));
    assert!(binutil("readelf", &["--relocs"], &object).contains("There are no relocations"));
    assert_eq!(binutil("nm", &["--undefined-only"], &object), "");
    let caller = build(&dir, "flat.c", &[], &object);
    let said = succeed(emulated("4096", &caller).args(["0x100000000", "", "1"]));
    assert!(said.contains("\nsysAllocOS 0 +0x0 "), "{said}");
    assert!(said.contains("\nsysReserveOS 0 +0x1000 "), "{said}");
    let stacks: Vec<u64> =
        said.lines().filter_map(|line| line.rsplit_once(" stack ")?.1.parse().ok()).collect();
    assert!(stacks.len() > 20 && stacks.iter().all(|&stack| stack <= 1024), "{said}");
}
