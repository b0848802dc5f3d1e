//! Go's own tools, built on gosbrk, in a root: go, compile, link and the others, which
//! then run under limits on address space that the stock ones do not start under.
//!
//! They take the stock ones' place in the root. The go command looks for its tools
//! nowhere else, and programs have the root's path in them, so another root would make
//! other programs. A release's tools name themselves by the release, so what is in the
//! build cache stays good.

use crate::cache;
use crate::progress::Progress;
use crate::root;
use crate::spare::{BY_RELEASE, FILE, present};
use crate::target::HOST;
use crate::toolchain::Toolchain;
use anyhow::{Context, Result, ensure};
use std::fs::{copy, create_dir_all, read_dir, remove_file, rename};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Builds the tools with the root `with` and puts them into the root at `into`, unless they
/// are there. Both are of this Go.
///
/// # Errors
/// They cannot be built, or not be put there.
pub fn make(toolchain: &Toolchain, with: &Path, into: &Path) -> Result<()> {
    if present(into) {
        return Ok(());
    }
    let names = names(into)?;
    let built = tempfile::tempdir().context("cannot make a temporary directory for the tools")?;
    build(toolchain, with, built.path(), &names)?;
    let cache = cache::dir()?;
    let lock = cache::lock(&cache)?;
    for name in &names {
        put(&built.path().join(name), &place(into, name))?;
    }
    let list = into.join(FILE);
    std::fs::write(&list, names.join("\n") + "\n")
        .with_context(|| format!("cannot write {}", list.display()))?;
    root::changed_on_purpose(into)?;
    let release = toolchain.version().split(' ').next().unwrap_or_default();
    name_by_release(&cache.join(BY_RELEASE), release, &place(into, "go"))?;
    drop(lock);
    Ok(())
}

/// The names of the tools that a root has.
fn names(root: &Path) -> Result<Vec<String>> {
    let dir = tool_dir(root);
    let listing = read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut names: Vec<_> = listing
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .chain(["go".into(), "gofmt".into()])
        .filter(|name| root.join("src/cmd").join(name).is_dir())
        .collect();
    names.sort();
    Ok(names)
}

fn tool_dir(root: &Path) -> PathBuf {
    root.join("pkg/tool").join(format!("linux_{HOST}"))
}

/// Where a tool belongs.
fn place(root: &Path, name: &str) -> PathBuf {
    let dir = if ["go", "gofmt"].contains(&name) { root.join("bin") } else { tool_dir(root) };
    dir.join(name)
}

/// Builds them, free of what the user has set for programs of their own.
fn build(toolchain: &Toolchain, with: &Path, to: &Path, names: &[String]) -> Result<()> {
    let mut go = Command::new(with.join("bin/go"));
    go.args(["build", "-trimpath", "-ldflags=-s -w", "-o"]).arg(to);
    go.args(names.iter().map(|name| format!("cmd/{name}"))).current_dir(with.join("src/cmd"));
    for variable in
        ["GO111MODULE", "GOAMD64", "GOARM64", "GODEBUG", "GOEXPERIMENT", "GOFLAGS", "GOSBRK"]
    {
        go.env_remove(variable);
    }
    go.env("GOENV", "off").env("GOCACHE", toolchain.get("GOCACHE"));
    go.env("GOROOT", with).env("GOTOOLCHAIN", "local").env("GOWORK", "off");
    go.env("GOOS", "linux").env("GOARCH", HOST).env("CGO_ENABLED", "0");
    // Standard output is for the root's path.
    go.stdin(Stdio::null()).stdout(Stdio::null());
    let what = format!("building {} of Go's tools on gosbrk, which takes minutes", names.len());
    let mut progress = Progress::new(what);
    let mut child = go.spawn().with_context(|| format!("cannot run {}/bin/go", with.display()))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        sleep(Duration::from_millis(50));
        progress.at_work();
    };
    drop(progress);
    ensure!(status.success(), "Go's tools cannot be built with {}: {status}", with.display());
    Ok(())
}

/// Puts a program in the place of what is there, in one step.
fn put(program: &Path, place: &Path) -> Result<()> {
    let beside = place.with_extension("new");
    copy(program, &beside)
        .and_then(|_| rename(&beside, place))
        .with_context(|| format!("cannot make {}", place.display()))
}

/// Gives a go command the name of its release, such as `go1.27.3`.
fn name_by_release(dir: &Path, release: &str, go: &Path) -> Result<()> {
    let name = dir.join(release);
    create_dir_all(dir)
        .and_then(|()| if name.is_symlink() { remove_file(&name) } else { Ok(()) })
        .and_then(|()| symlink(go, &name))
        .with_context(|| format!("cannot make {}", name.display()))
}
