//! Tells the command `gosbrk` where the object is that it carries.

use std::env::var_os;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if var_os("CARGO_FEATURE_CLI").is_none() {
        return;
    }
    println!("cargo::rerun-if-env-changed=GOSBRK_SYSO");
    let crate_dir = PathBuf::from(var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let made = crate_dir.join("target/release/gosbrk_linux_amd64.syso");
    let syso = var_os("GOSBRK_SYSO").map_or(made, PathBuf::from);
    println!("cargo::rerun-if-changed={}", syso.display());
    println!("cargo::rustc-env=GOSBRK_SYSO={}", syso.display());
    if !syso.is_file() {
        println!(
            "cargo::error={} is missing: run `make lib`, which makes it first",
            syso.display()
        );
    }
}
