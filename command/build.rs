//! Tells the command `gosbrk` where the object is that it carries. What `make object` left is
//! used if it was made from the sources as they are; else the object is made here, so that
//! `cargo install --path command` needs no step before it.

use std::env::{var, var_os};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The machine that the object is for, as Go names it.
const ARCH: &str = "amd64";

/// What [`object`] depends on, from the top of the tree.
const SOURCES: [&str; 8] = [
    "src",
    "Cargo.toml",
    "Cargo.lock",
    "tools/flat.ld",
    "tools/flat.sh",
    "tools/need.sh",
    "tools/object.sh",
    "tools/sources.sh",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=GOSBRK_SYSO");
    let package = PathBuf::from(var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let top = package.parent().unwrap_or(&package);
    match var_os("GOSBRK_SYSO").map_or_else(|| object(top), |named| Ok(named.into())) {
        Ok(object) => {
            println!("cargo::rerun-if-changed={}", object.display());
            println!("cargo::rustc-env=GOSBRK_SYSO={}", object.display());
        }
        Err(why) => {
            println!("cargo::error=the object that the command carries cannot be made:");
            why.lines().for_each(|line| println!("cargo::error={line}"));
        }
    }
}

/// An object made from the sources as they are.
fn object(top: &Path) -> Result<PathBuf, String> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", top.join(source).display());
    }
    let name = format!("gosbrk_linux_{ARCH}.syso");
    let left = top.join("target/release").join(&name);
    let stamp = left.with_extension("syso.sources");
    // Cargo takes a file that is not there for a changed one, each time.
    if left.is_file() && stamp.is_file() {
        println!("cargo::rerun-if-changed={}", stamp.display());
        let made_from = read_to_string(&stamp).unwrap_or_default();
        if made_from == succeed(Command::new(top.join("tools/sources.sh")))? {
            return Ok(left);
        }
    }
    let out = PathBuf::from(var_os("OUT_DIR").unwrap_or_default());
    let object = out.join(&name);
    let mut make = Command::new(top.join("tools/object.sh"));
    // The folder must be another than that of the cargo that runs this, which has it locked.
    make.arg(ARCH).arg(&object).arg(out.join("target"));
    // Neither the flags of that cargo nor the wrapper of clippy are for this object.
    for variable in [
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
    ] {
        make.env_remove(variable);
    }
    make.env("CARGO", var("CARGO").unwrap_or_else(|_| "cargo".into()));
    succeed(make).map(|_| object)
}

/// What a command prints, or why it failed.
fn succeed(mut command: Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(if said.trim().is_empty() {
        format!("{command:?}: {}", output.status)
    } else {
        said.into()
    })
}
