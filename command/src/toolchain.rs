//! The user's own Go.

use crate::limits::Limit;
use crate::origin;
use crate::spare;
use crate::start::{Failure, ask, by_limit, first_line};
use serde_json::{Map, Value};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What is asked of it. All of `go env` would take three times as long.
const VARIABLES: [&str; 9] = [
    "CGO_ENABLED",
    "GOARCH",
    "GOCACHE",
    "GOFLAGS",
    "GOOS",
    "GOROOT",
    "GOTOOLCHAIN",
    "GOVERSION",
    "GOWORK",
];

/// A Go installation, as its own `go env` describes it.
#[derive(Debug)]
pub struct Toolchain {
    env: Map<String, Value>,
    root: PathBuf,
    starts: bool,
}

impl Toolchain {
    /// The Go in this root, or without one the Go that `go` in PATH is, here or in
    /// another directory: the go.mod at hand can name another than the machine's own.
    ///
    /// # Errors
    /// There is none, or it does not describe itself.
    pub fn find(root: Option<&Path>, directory: Option<&OsStr>) -> Result<Self, Failure> {
        let directory = directory.map(|directory| ["-C".as_ref(), directory]);
        let mut args = vec![OsStr::new("env")];
        args.extend(directory.into_iter().flatten());
        args.extend(["-json"].iter().chain(&VARIABLES).map(OsStr::new));
        let (said, starts) = match ask(root, &args) {
            Err(failure) if failure.by_limit => {
                (spare::ask(root, &args).unwrap_or(Err(failure))?, false)
            }
            said => (said?, true),
        };
        let env: Map<String, Value> = serde_json::from_slice(&said).map_err(|_| {
            let said = first_line(&String::from_utf8_lossy(&said));
            Failure::new(
                format!("gives an unexpected answer to `go env -json`: {said:?}"),
                "check that this is Go's command, or name a Go root with --go DIR",
            )
        })?;
        let mut toolchain = Self { env, root: PathBuf::new(), starts };
        let named = PathBuf::from(toolchain.get("GOROOT"));
        if named.as_os_str().is_empty() {
            return Err(Failure::new(
                "names no GOROOT",
                "set GOROOT, or name a Go root with --go DIR",
            ));
        }
        // Called from a program that `gosbrk go` runs: GOROOT is one of ours.
        toolchain.root = origin::of(&named).unwrap_or(named);
        Ok(toolchain)
    }

    /// The Go root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether its go command starts; if not, one on gosbrk was asked in its place.
    pub const fn starts(&self) -> bool {
        self.starts
    }

    /// Whether the go command of a root made from it starts under this shell's limits; `tools`
    /// says whether that root's tools are on gosbrk.
    ///
    /// # Errors
    /// It does not. If another one was asked, it is of a root with other settings.
    pub fn can_start(&self, tools: bool) -> Result<(), Failure> {
        let limits = Limit::of_this_shell();
        let part = |limit: &&Limit| limit.kib.saturating_mul(100) / limit.kind.to_start_go();
        match limits.iter().min_by_key(part) {
            Some(limit) if !self.starts && !tools => {
                let mut failure = by_limit(*limit);
                failure
                    .what
                    .push_str(", and there are tools on gosbrk for another layout or version only");
                Err(failure)
            }
            _ => Ok(()),
        }
    }

    /// One of these variables, empty where Go has none.
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
