//! What `make dist` has packed, and places where somebody without Rust would use it.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

use super::{long, make, root, run, scratch, skip, source, succeed, text};
use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder in the tarball for amd64.
pub const NAME: &str = concat!("gosbrk-", env!("CARGO_PKG_VERSION"), "-linux-amd64");
/// The folder in the tarball for arm64.
pub const NAME_ARM64: &str = concat!("gosbrk-", env!("CARGO_PKG_VERSION"), "-linux-arm64");

/// The tarball, made once by each test program; nothing, and a line that says why, where Rust's
/// target for static programs cannot be had.
pub fn tarball() -> Option<PathBuf> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| made("x86_64", NAME)).clone()
}

/// The one for arm64, made here.
pub fn tarball_arm64() -> Option<PathBuf> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| made("aarch64", NAME_ARM64)).clone()
}

/// `make dist` for a machine. In the short form the command is not optimised: compiling it for
/// a release takes twice as long.
pub fn dist(machine: &str) -> Command {
    let quick = if long() { "" } else { "quick" };
    make(&["dist", &format!("TARGET={machine}"), &format!("QUICK={quick}")])
}

fn made(machine: &str, name: &str) -> Option<PathBuf> {
    let output = run(&mut dist(machine));
    let said = text(&output.stderr);
    if said.contains("rustup cannot add") {
        let why = format!("Rust's target {machine}-unknown-linux-musl cannot be had");
        skip(&format!("make dist TARGET={machine}"), &why);
        return None;
    }
    assert!(output.status.success(), "{said}");
    let folder = if long() { "target/dist" } else { "target/dist-quick" };
    Some(root().join(folder).join(format!("{name}.tar.gz")))
}

/// The tarball's folder, unpacked in a directory of the test's own.
pub fn unpacked(test: &str) -> Option<PathBuf> {
    Some(unpack(&tarball()?, NAME, test))
}

/// The same of the one for arm64.
pub fn unpacked_arm64(test: &str) -> Option<PathBuf> {
    Some(unpack(&tarball_arm64()?, NAME_ARM64, test))
}

fn unpack(tarball: &Path, name: &str, test: &str) -> PathBuf {
    let dir = scratch(test);
    succeed(Command::new("tar").arg("-xzf").arg(tarball).current_dir(&dir));
    dir.join(name)
}

/// The example in C, compiled by what pkg-config says of the library in the folder.
pub fn c_example(dir: &Path, pkg_config: impl AsRef<OsStr>, cc: impl AsRef<OsStr>) -> PathBuf {
    let mut ask = Command::new(pkg_config);
    ask.env("PKG_CONFIG_PATH", dir.join("lib/pkgconfig")).args(["--cflags", "--libs", "gosbrk"]);
    let flags = succeed(&mut ask);
    let example = dir.join("example");
    let mut cc = Command::new(cc);
    succeed(cc.arg(source("example.c")).args(flags.split_whitespace()).arg("-o").arg(&example));
    example
}

/// That a tarball has files of nobody, in order, and of one time; and that the sums beside it
/// are right.
pub fn is_plain(tarball: &Path) {
    let dir = tarball.parent().unwrap();
    let name = tarball.file_name().unwrap().to_string_lossy();
    let sums = succeed(Command::new("sha256sum").args(["-c", "SHA256SUMS"]).current_dir(dir));
    assert!(sums.contains(&format!("{name}: OK")), "{sums}");
    let listed = succeed(Command::new("tar").args(["--numeric-owner", "-tvzf"]).arg(tarball));
    let (mut names, mut times) = (Vec::new(), Vec::new());
    for line in listed.lines() {
        let fields: Vec<_> = line.split_whitespace().collect();
        assert_eq!(fields[1], "0/0", "{line}");
        let mode = if line.starts_with('d') || line.ends_with("/bin/gosbrk") {
            "rwxr-xr-x"
        } else {
            "rw-r--r--"
        };
        assert_eq!(&fields[0][1..], mode, "{line}");
        times.push((fields[3], fields[4]));
        names.push(fields[5]);
    }
    times.dedup();
    assert_eq!(times.len(), 1, "{times:?}");
    assert!(names.is_sorted(), "{names:?}");
}

/// That a command is one static program, and knows no path of this machine.
pub fn is_static(gosbrk: &Path) {
    let headers = succeed(Command::new("readelf").args(["-ldW"]).arg(gosbrk));
    assert!(!headers.contains("INTERP") && !headers.contains("(NEEDED)"), "{headers}");
    let bytes = text(&std::fs::read(gosbrk).unwrap());
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".into());
    for path in [root().to_str().unwrap(), &format!("{home}/.cargo"), &format!("{home}/.rustup")] {
        assert!(!bytes.contains(path), "{path} is in it");
    }
}

/// In an empty folder, a program that uses the Go module in `module`. Gives what it prints.
pub fn go_user(dir: &Path, module: &Path) -> String {
    let user = root().join("testdata/gouser");
    let go_mod = std::fs::read_to_string(user.join("go.mod")).unwrap();
    std::fs::write(dir.join("go.mod"), go_mod.replace("../../go", module.to_str().unwrap()))
        .unwrap();
    std::fs::copy(user.join("main.go"), dir.join("main.go")).unwrap();
    format!("gosbrk {} holds 12288 bytes for index\n", env!("CARGO_PKG_VERSION"))
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
