//! Tells the command `gosbrk` where the objects are that it carries, one for each machine. What
//! `make object` left is used if it was made from the sources as they are; else an object is made
//! here, so that `cargo install --path command` needs no step before it. The one for another
//! machine than this takes tools that need not be here (`tools/setup-arm64.sh`); without them
//! the command goes without it, and says so when it is asked for it.

use std::env::{var, var_os};
use std::fs::{read_to_string, write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The machines that objects are for, as Go names them, each with the variable that names its
/// object to the compiler.
const MACHINES: [(&str, &str); 2] =
    [("amd64", "GOSBRK_SYSO_AMD64"), ("arm64", "GOSBRK_SYSO_ARM64")];

/// What [`object`] depends on, from the top of the tree.
const SOURCES: [&str; 11] = [
    "src",
    "Cargo.toml",
    "Cargo.lock",
    "tools/cross.sh",
    "tools/flat.ld",
    "tools/flat.sh",
    "tools/need.sh",
    "tools/object.sh",
    "tools/setup-arm64.sh",
    "tools/sources.sh",
    "tools/staticlib.sh",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=GOSBRK_SYSO");
    let package = PathBuf::from(var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let top = package.parent().unwrap_or(&package);
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", top.join(source).display());
    }
    let arm64 = var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "aarch64");
    let own = if arm64 { "arm64" } else { "amd64" };
    for (arch, variable) in MACHINES {
        println!("cargo::rerun-if-env-changed={variable}");
        let named = var_os(variable).or_else(|| var_os("GOSBRK_SYSO").filter(|_| arch == own));
        match named.map_or_else(|| object(top, arch), |named| Ok(named.into())) {
            Ok(object) => {
                println!("cargo::rerun-if-changed={}", object.display());
                println!("cargo::rustc-env={variable}={}", object.display());
            }
            Err(_) if arch != own => {
                let none = PathBuf::from(var_os("OUT_DIR").unwrap_or_default()).join("none");
                if let Err(error) = write(&none, "") {
                    println!("cargo::error={}: {error}", none.display());
                }
                println!("cargo::rustc-env={variable}={}", none.display());
            }
            Err(why) => {
                println!("cargo::error=the object that the command carries cannot be made:");
                why.lines().for_each(|line| println!("cargo::error={line}"));
            }
        }
    }
}

/// An object made from the sources as they are.
fn object(top: &Path, arch: &str) -> Result<PathBuf, String> {
    let name = format!("gosbrk_linux_{arch}.syso");
    let left = top.join("target/release").join(&name);
    let stamp = left.with_extension("syso.sources");
    // Cargo takes a file that is not there for a changed one, each time. The stamp is there
    // without its object where `make object` could not make that.
    if stamp.is_file() {
        println!("cargo::rerun-if-changed={}", stamp.display());
    }
    if left.is_file() && stamp.is_file() {
        let made_from = read_to_string(&stamp).unwrap_or_default();
        if made_from == succeed(Command::new(top.join("tools/sources.sh")))? {
            return Ok(left);
        }
    }
    let out = PathBuf::from(var_os("OUT_DIR").unwrap_or_default());
    let object = out.join(&name);
    let mut make = Command::new(top.join("tools/object.sh"));
    // The folder must be another than that of the cargo that runs this, which has it locked.
    make.arg(arch).arg(&object).arg(out.join("target"));
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
