//! The go command, with the recorder in the runtime.

use super::overlay;
use super::system::System;
use crate::{Options, flags};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::{Command, ExitStatus};

/// Runs `go build` with these arguments.
///
/// # Errors
/// There is no Go whose release is known, or it cannot be started.
pub fn go_build(options: &Options, system: System, args: &[OsString]) -> Result<ExitStatus> {
    let words: Vec<_> = std::iter::once("build".into()).chain(args.iter().cloned()).collect();
    let directory = flags::directory(&words);
    let toolchain = options.toolchain(directory.as_deref())?;
    let has_overlay = |text: &[u8]| text.windows(8).any(|bytes| bytes == b"-overlay");
    if args.iter().any(|arg| has_overlay(arg.as_bytes()))
        || has_overlay(toolchain.get("GOFLAGS").as_bytes())
    {
        bail!("-overlay cannot be given: the recorder comes into the program by that flag");
    }
    let place = tempfile::tempdir().context("cannot make a temporary directory")?;
    // Go 1.25 and later let no overlay change files in the module cache, where downloaded
    // releases lie. Reached by a link the root lies elsewhere; with -trimpath what is
    // compiled, and the build cache, are the same.
    let root = place.path().join("goroot");
    symlink(toolchain.root(), &root).context("cannot make a link to the Go root")?;
    let overlay = overlay::write(toolchain.root(), &root, toolchain.version(), place.path())?;
    // `-C DIR` must come first.
    let taken = directory.map_or(0, |_| if args[0].as_bytes().contains(&b'=') { 1 } else { 2 });
    let (first, rest) = args.split_at(taken.min(args.len()));
    let mut command = Command::new(root.join("bin/go"));
    command
        .arg("build")
        .args(first)
        .args(["-trimpath", "-overlay"])
        .arg(overlay)
        .args(rest)
        .env("GOROOT", &root)
        .env("GOTOOLCHAIN", "local")
        .env("GOOS", system.goos())
        .env("GOARCH", "wasm")
        .env("CGO_ENABLED", "0");
    command.status().with_context(|| format!("cannot run {}/bin/go", toolchain.root().display()))
}
