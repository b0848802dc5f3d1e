//! What runs a module: for WASI a host that is built once, from Go alone; for JavaScript
//! Node, with Go's own `wasm_exec_node.js`.

use crate::cache;
use crate::progress::Progress;
use crate::start::{Failure, first_line};
use crate::{Options, origin};
use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};
use std::env::var;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// What records under JavaScript.
pub const SCRIPT: &str = include_str!("../../../../go/runtime/wasm/gosbrk.js");

/// The host for WASI: wazero, which is Go and nothing else.
const HOST: &str = include_str!("../../../../go/cmd/wasmhost/main.go");
const MODULE: &str = "module gosbrk.wasmhost

go 1.23.0

require github.com/tetratelabs/wazero v1.10.1
";
/// The hashes of wazero, those of `go/go.sum`: the go command takes nothing else for it.
const SUMS: &str = include_str!("../../../../go/go.sum");

/// The command that runs a module for WASI, under a name.
///
/// # Errors
/// The host is not there and cannot be built.
pub fn wasi(options: &Options, module: &Path, name: &OsStr) -> Result<Command> {
    let folder = cache::dir()?;
    let host = host(options, &folder)?;
    let mut command = Command::new(host);
    command.arg("-cache").arg(folder.join("wazero")).arg("-name").arg(name).arg(module);
    Ok(command)
}

/// The host, built if it is not there.
fn host(options: &Options, folder: &Path) -> Result<PathBuf> {
    let mut hash = Sha256::new();
    for text in [HOST, MODULE, SUMS] {
        hash.update(text);
    }
    let hash =
        hash.finalize().iter().take(8).fold(0, |word: u64, &byte| word << 8 | u64::from(byte));
    let host = folder.join(format!("wasmhost-{hash:016x}"));
    if host.is_file() {
        return Ok(host);
    }
    let _lock = cache::lock(folder)?;
    if host.is_file() {
        return Ok(host);
    }
    let place = tempfile::tempdir_in(folder).context("cannot make a directory in the cache")?;
    for (name, text) in [("main.go", HOST), ("go.mod", MODULE), ("go.sum", SUMS)] {
        let file = place.path().join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let mut go = go(options);
    go.current_dir(&place).args(["build", "-trimpath", "-o", "wasmhost", "."]);
    let said = watched(&mut go, "building the host for WASI modules, once")?;
    if let Some(said) = said {
        return Err(Failure::new(
            format!("cannot build the host for WASI modules: {}", last_line(&said)),
            "it needs Go 1.23 or later and, once, the network or GOPROXY for wazero. Or compile with \
             `gosbrk trace wasm build -o x.wasm`, and run it in another host with GOSBRK=trace=x.gosbrk: \
             wasmtime --dir=. --env GOSBRK=trace=x.gosbrk x.wasm",
        )
        .into());
    }
    fs::rename(place.path().join("wasmhost"), &host)
        .with_context(|| format!("cannot write {}", host.display()))?;
    Ok(host)
}

/// The go command for this machine, whatever is compiled for WebAssembly with.
fn go(options: &Options) -> Command {
    let mut go = options.go_root.as_ref().map_or_else(
        || Command::new("go"),
        |root| {
            let mut go = Command::new(root.join("bin/go"));
            go.env("GOROOT", origin::of(root).unwrap_or_else(|| root.clone()));
            go
        },
    );
    for variable in ["GOOS", "GOARCH", "GOFLAGS", "GOEXPERIMENT", "GOWASM", "GOBIN"] {
        go.env_remove(variable);
    }
    // A release that is named is for the program, and may be too old for the host.
    if var("GOTOOLCHAIN").is_ok_and(|named| named.starts_with("go1")) {
        go.env_remove("GOTOOLCHAIN");
    }
    go.env("GOWORK", "off").env("CGO_ENABLED", "0");
    go
}

/// Runs it, and tells that it takes a while; `Some`: what it said when it failed.
fn watched(command: &mut Command, what: &str) -> Result<Option<String>> {
    let mut progress = Progress::new(what);
    let name = command.get_program().to_string_lossy().into_owned();
    let cannot = || format!("cannot run {name}");
    let said = tempfile::NamedTempFile::new().context("cannot make a temporary file")?;
    let errors = said.reopen().context("cannot open a temporary file")?;
    let mut child = command.stdin(Stdio::null()).stderr(errors).spawn().with_context(cannot)?;
    let status = loop {
        if let Some(status) = child.try_wait().with_context(cannot)? {
            break status;
        }
        progress.at_work();
        sleep(Duration::from_millis(50));
    };
    let said = fs::read(said.path()).unwrap_or_default();
    Ok((!status.success()).then(|| String::from_utf8_lossy(&said).into_owned()))
}

/// What a go command says last is what went wrong.
fn last_line(said: &str) -> String {
    first_line(said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default())
}

/// The command that runs a module for JavaScript.
///
/// # Errors
/// Node or Go's script for it is not there.
pub fn node(options: &Options, module: &Path, place: &Path) -> Result<Command> {
    let runner = runner(options)?;
    let version = Command::new("node").arg("--version").stderr(Stdio::null()).output();
    if !version.is_ok_and(|output| output.status.success()) {
        return Err(Failure::new(
            "compiles for JavaScript, and there is no Node to run that: `node` is not in PATH",
            "install Node 18 or later, take --os wasip1, or load the module in a page: see docs/webassembly.md",
        )
        .into());
    }
    let script = place.join("gosbrk.js");
    fs::write(&script, SCRIPT).with_context(|| format!("cannot write {}", script.display()))?;
    let mut command = Command::new("node");
    // The stack is that of Go's go_js_wasm_exec.
    command.arg("--stack-size=8192").arg("--require").arg(script).arg(runner).arg(module);
    Ok(command)
}

/// Go's script for Node: of the release, or of another one that is there.
fn runner(options: &Options) -> Result<PathBuf> {
    let toolchain = options.toolchain(None)?;
    let mut roots = vec![toolchain.root().to_owned()];
    let own = Command::new("go").args(["env", "GOROOT"]).env("GOTOOLCHAIN", "local").output();
    if let Ok(own) = own {
        roots.push(PathBuf::from(String::from_utf8_lossy(&own.stdout).trim()));
    }
    let places = roots.iter().flat_map(|root| {
        ["lib/wasm", "misc/wasm"].map(|folder| root.join(folder).join("wasm_exec_node.js"))
    });
    places.into_iter().find(|file| file.is_file()).ok_or_else(|| {
        Failure::new(
            format!("has no wasm_exec_node.js: {} lacks lib/wasm", toolchain.root().display()),
            "releases that the go command downloads may lack it: install that release from go.dev/dl, or take --os wasip1",
        )
        .into()
    })
}
