//! What `make dist` has packed, and places where somebody without Rust would use it.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

use super::{make, root, run, scratch, skip, succeed, text};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder in the tarball.
pub const NAME: &str = concat!("gosbrk-", env!("CARGO_PKG_VERSION"), "-linux-amd64");

/// The tarball, made once by each test program; nothing, and a line that says why, where Rust's
/// target for static programs cannot be had.
pub fn tarball() -> Option<PathBuf> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let output = run(&mut make(&["dist"]));
        let said = text(&output.stderr);
        if said.contains("rustup cannot add") {
            skip("make dist", "Rust's target x86_64-unknown-linux-musl cannot be had");
            return None;
        }
        assert!(output.status.success(), "{said}");
        Some(root().join(format!("target/dist/{NAME}.tar.gz")))
    });
    made.clone()
}

/// The tarball's folder, unpacked in a directory of the test's own.
pub fn unpacked(test: &str) -> Option<PathBuf> {
    let tarball = tarball()?;
    let dir = scratch(test);
    succeed(Command::new("tar").arg("-xzf").arg(tarball).current_dir(&dir));
    Some(dir.join(NAME))
}

/// The program and the commands of the section "Install" in README.md.
pub fn readme_commands() -> (String, String) {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let section = readme.split_once("\n## Install\n").expect("no section \"Install\"").1;
    let block = |language: &str| {
        let block = section.split_once(&format!("\n```{language}\n")).unwrap().1;
        block.split_once("```\n").unwrap().0.to_owned()
    };
    (block("go hello.go"), block("sh command/tests/dist.rs"))
}

/// A directory, and beside it the only programs that are found from there.
pub struct Place {
    pub dir: PathBuf,
    path: PathBuf,
    cache: PathBuf,
}

impl Place {
    /// Programs are those of this machine, by name.
    pub fn new(test: &str, programs: &[&str]) -> Self {
        let all = scratch(test);
        let place =
            Self { dir: all.join("work"), path: all.join("path"), cache: all.join("cache") };
        for dir in [&place.dir, &place.path] {
            std::fs::create_dir(dir).unwrap();
        }
        for program in programs {
            symlink(found(program), place.path.join(program)).unwrap();
        }
        place
    }

    /// One of the programs, in the directory and offline.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.path.join(program));
        command.current_dir(&self.dir).env_clear().env("PATH", &self.path);
        command.env("HOME", &self.cache).env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
        // What std is compiled to may well be there already.
        command.env("GOCACHE", succeed(Command::new("go").args(["env", "GOCACHE"])).trim());
        command
    }
}

/// Where the shell finds a program.
fn found(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let go_root = succeed(Command::new("go").args(["env", "GOROOT"]).current_dir(root()));
    let first = Path::new(go_root.trim()).join("bin");
    let dirs = std::iter::once(first).chain(std::env::split_paths(&path));
    let mut files = dirs.map(|dir| dir.join(program));
    files.find(|file| file.is_file()).unwrap_or_else(|| panic!("no {program} in PATH"))
}
