//! `cargo install --path command` in a checkout where nothing was made before, in one step, and
//! the object that the command gets when sources have changed.

mod common;

use common::{alone, long, root, run, scratch, succeed, text};
use std::fs::{read, read_dir, read_to_string, write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of the sources, without what was built.
fn checkout(test: &str) -> PathBuf {
    let copy = scratch(test);
    for entry in read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("target") && !path.ends_with(".git") {
            succeed(Command::new("cp").arg("-a").arg(&path).arg(&copy));
        }
    }
    copy
}

fn cargo(checkout: &Path, args: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    alone(cargo.args(args).current_dir(checkout));
    for variable in
        ["CARGO_TARGET_DIR", "GOSBRK_SYSO", "GOSBRK_SYSO_AMD64", "GOSBRK_SYSO_ARM64", "RUSTFLAGS"]
    {
        cargo.env_remove(variable);
    }
    cargo
}

#[test]
fn one_step_installs_it() {
    if !long() {
        return; // It builds everything in release, from nothing.
    }
    let copy = checkout("install-path");
    let place = copy.join("installed");
    let mut install = cargo(&copy, &["install", "--quiet", "--locked", "--path=command", "--root"]);
    succeed(install.arg(&place));
    // A build that has nothing to do does nothing.
    let mut again = cargo(&copy, &["build", "--release", "--locked", "--package=gosbrk-command"]);
    succeed(&mut again);
    let fresh = run(again.arg("--verbose"));
    assert!(text(&fresh.stderr).contains("Fresh gosbrk-command"), "{fresh:?}");
    let version = succeed(Command::new(place.join("bin/gosbrk")).arg("--version"));
    assert_eq!(version, format!("gosbrk {}\n", env!("CARGO_PKG_VERSION")));
    let object = read(root().join("target/release/gosbrk_linux_amd64.syso")).unwrap();
    let installed = read(place.join("bin/gosbrk")).unwrap();
    assert!(installed.windows(object.len()).any(|part| part == object), "another object");
    std::fs::remove_dir_all(copy).unwrap();
}

/// The build script as a program of its own, which answers for a checkout as Cargo would
/// ask it. Its result, the object that it names, and what it says.
fn build_script(script: &Path, checkout: &Path, path: Option<&Path>) -> (Option<PathBuf>, String) {
    let out = checkout.join("out");
    std::fs::create_dir_all(&out).unwrap();
    let mut command = Command::new(script);
    alone(command.env("CARGO_MANIFEST_DIR", checkout.join("command")).env("OUT_DIR", &out));
    // Cargo sets the last two for tests, as the build script of this tree has told it to.
    for name in ["CARGO", "GOSBRK_SYSO", "GOSBRK_SYSO_AMD64", "GOSBRK_SYSO_ARM64"] {
        command.env_remove(name);
    }
    command.current_dir(checkout);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let said = succeed(&mut command);
    let names = "cargo::rustc-env=GOSBRK_SYSO_AMD64=";
    let object = said.lines().find_map(|line| line.strip_prefix(names));
    (object.map(PathBuf::from), said)
}

#[test]
fn an_object_of_other_sources_is_not_taken() {
    let copy = checkout("install-stale");
    let script = copy.join("script");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition=2024", "--crate-name=script", "command/build.rs", "-o"]).arg(&script);
    succeed(rustc.current_dir(&copy));
    // As `make object` leaves it.
    let left = copy.join("target/release/gosbrk_linux_amd64.syso");
    let sources = succeed(&mut Command::new(copy.join("tools/sources.sh")));
    std::fs::create_dir_all(left.parent().unwrap()).unwrap();
    write(&left, "an object").unwrap();
    write(left.with_extension("syso.sources"), &sources).unwrap();
    assert_eq!(build_script(&script, &copy, None).0.as_ref(), Some(&left));

    let file = copy.join("src/lib.rs");
    write(&file, read_to_string(&file).unwrap() + "\n// Changed.\n").unwrap();
    let (object, said) = build_script(&script, &copy, None);
    let object = object.unwrap_or_else(|| panic!("{said}"));
    assert!(object.starts_with(copy.join("out")), "{}", object.display());
    // A comment changes no byte.
    let ours = read(root().join("target/release/gosbrk_linux_amd64.syso")).unwrap();
    assert!(read(object).unwrap() == ours, "another object than that of `make object`");

    // Without what it takes, one line says what that is.
    let tools = copy.join("path");
    std::fs::create_dir(&tools).unwrap();
    for name in
        ["sh", "find", "sort", "xargs", "sha256sum", "cut", "ls", "dirname", "uname", "cargo"]
    {
        let found = succeed(Command::new("sh").args(["-c", "command -v \"$0\"", name]));
        std::os::unix::fs::symlink(found.trim(), tools.join(name)).unwrap();
    }
    let (object, said) = build_script(&script, &copy, Some(&tools));
    assert_eq!(object, None);
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with("cargo::error=")).collect();
    assert!(
        lines.len() == 2 && lines[1].contains("does not find: ld as objcopy nm readelf"),
        "{said}"
    );
    std::fs::remove_dir_all(copy).unwrap();
}
