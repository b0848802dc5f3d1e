//! Tells the command `gosbrk` where the object is that it carries.

use std::env::var_os;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=GOSBRK_SYSO");
    let package = PathBuf::from(var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let made = package.with_file_name("target/release/gosbrk_linux_amd64.syso");
    let syso = var_os("GOSBRK_SYSO").map_or(made, PathBuf::from);
    println!("cargo::rerun-if-changed={}", syso.display());
    println!("cargo::rustc-env=GOSBRK_SYSO={}", syso.display());
    if !syso.is_file() {
        println!(
            "cargo::error={} is missing: run `make object` first, or `make lib` for everything",
            syso.display()
        );
    }
}
