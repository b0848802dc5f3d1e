//! The user's own Go.

use crate::origin;
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Go installation, as its own `go env` describes it.
#[derive(Debug)]
pub struct Toolchain {
    env: Map<String, Value>,
    root: PathBuf,
}

impl Toolchain {
    /// The Go in this root, or without one the Go that `go` in PATH is, here:
    /// the go.mod at hand can name another than the machine's own.
    ///
    /// # Errors
    /// There is none, or it does not describe itself.
    pub fn find(root: Option<&Path>) -> Result<Self> {
        let program = root.map_or("go".into(), |root| root.join("bin/go"));
        let mut go = Command::new(&program);
        if let Some(root) = root {
            go.env("GOROOT", root).env("GOTOOLCHAIN", "local");
        }
        let output = go.args(["env", "-json"]).output().with_context(|| {
            format!("cannot run {}: install Go, or name a Go root with --go", program.display())
        })?;
        if !output.status.success() {
            bail!("go env failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let env: Map<String, Value> = serde_json::from_slice(&output.stdout)
            .context("cannot read what `go env -json` says")?;
        let mut toolchain = Self { env, root: PathBuf::new() };
        let named = PathBuf::from(toolchain.get("GOROOT"));
        // Called from a program that `gosbrk go` runs: GOROOT is one of ours.
        toolchain.root = origin::of(&named).unwrap_or(named);
        Ok(toolchain)
    }

    /// The Go root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A variable of `go env`, empty where it has none.
    pub fn get(&self, name: &str) -> &str {
        self.env.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The release: `go1.27.3`.
    pub fn version(&self) -> &str {
        self.get("GOVERSION")
    }

    /// What is being built for: `linux/amd64`.
    pub fn target(&self) -> String {
        format!("{}/{}", self.get("GOOS"), self.get("GOARCH"))
    }
}
