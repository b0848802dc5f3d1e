//! Programs of `testdata/look`, which tell their own memory when they are asked.

use crate::common::whole::once;
use crate::common::{own_file, root, run, skip, succeed};
use gosbrk_look::heap::{self, Map};
use gosbrk_look::snapshot::{Snapshot, Target};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

/// The Go that is at hand, and the oldest one that can be looked at.
pub const OWN: &str = "local";
pub const OLDEST: &str = "1.21.13";

/// The processors of every program.
pub const PROCESSORS: u64 = 2;

/// The command under test.
pub fn gosbrk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    command.env_remove("GOSBRK");
    command
}

/// What `gosbrk look --json PID` prints.
pub fn json(pid: u32) -> Value {
    let text = succeed(gosbrk().args(["look", "--json"]).arg(pid.to_string()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The go command of a release, at work on the programs; nothing, with the reason told,
/// where that release cannot be had.
pub fn go(release: &str) -> Option<Command> {
    static HAD: LazyLock<Mutex<BTreeMap<String, bool>>> = LazyLock::new(Mutex::default);
    let command = || {
        let mut go = Command::new("go");
        let toolchain = if release == OWN { OWN.into() } else { format!("go{release}") };
        go.current_dir(root().join("testdata/look")).env("GOTOOLCHAIN", toolchain);
        go.env_remove("GOROOT").env_remove("GOSBRK").env_remove("GOFLAGS");
        go
    };
    let had = *HAD.lock().unwrap().entry(release.to_owned()).or_insert_with(|| {
        let asked = run(command().arg("version"));
        if !asked.status.success() {
            skip(&format!("programs of Go {release}"), "the go command cannot get that release");
        }
        asked.status.success()
    });
    had.then(command)
}

/// Where a program that a test builds is to be.
pub fn place(tag: &str) -> PathBuf {
    own_file(&format!("look-{tag}"))
}

/// Builds a program with a release and options, unless that was done before. Each tag has a
/// file of its own, which a test may remove or replace.
pub fn build(name: &str, release: &str, tag: &str, options: &[&str]) -> Option<PathBuf> {
    let program = place(&format!("{name}-{release}-{tag}"));
    let first =
        place(&format!("{name}-{release}-by-go-build{}", options.concat().replace(' ', "")));
    let mut command = go(release)?;
    once(&first, || {
        command.arg("build").args(options).arg("-o").arg(&first);
        command.arg(format!("./{name}"));
        Some(command)
    });
    match fs::remove_file(&program) {
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("{error}"),
        _ => fs::hard_link(first, &program).unwrap(),
    }
    Some(program)
}

/// Copies a program that is to be run. Not in this process: what another test starts
/// meanwhile would have the copy open for writing, and then nobody may run it.
pub fn copy(from: &Path, to: &Path) {
    succeed(Command::new("cp").arg(from).arg(to));
}

/// A program that runs until it is dropped.
pub struct Guest {
    pub child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Guest {
    /// Starts a program of the kind `memory` and waits until it has its memory.
    pub fn start(program: &Path, kind: &str, amount: u32) -> Self {
        let mut command = Command::new(program);
        command.args([kind, &amount.to_string()]);
        let mut guest = Self::run(&mut command);
        guest.ask();
        guest
    }

    /// Starts any program.
    pub fn run(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.env("GOMAXPROCS", PROCESSORS.to_string());
        for variable in ["GOGC", "GOMEMLIMIT", "GODEBUG", "GOSBRK"] {
            command.env_remove(variable);
        }
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it writes.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    /// Writes a line to it.
    pub fn tell(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Its own `MemStats`.
    pub fn ask(&mut self) -> BTreeMap<String, u64> {
        self.tell("");
        let mut said = BTreeMap::new();
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "the program has ended");
            let Some((name, value)) = line.trim_end().split_once(' ') else { return said };
            said.insert(name.to_owned(), value.parse().unwrap());
        }
    }

    /// A moment between two answers that are the same, with that answer and the page map.
    pub fn quiet(&mut self) -> (BTreeMap<String, u64>, Target, Snapshot, Map) {
        for _ in 0..200 {
            let before = self.ask();
            let target = Target::open(i32::try_from(self.pid()).unwrap()).unwrap();
            // In a stripped program more than one place can fit for a moment, which is said,
            // with the advice to look again.
            if let Ok((place, ..)) = &target.modules[0].place {
                let snapshot = target.look().unwrap();
                let map = heap::map(&target.process, place);
                if self.ask() == before {
                    return (before, target, snapshot, map.unwrap());
                }
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("the program is never quiet");
    }

    /// Waits for what it still writes, and its end.
    pub fn end(self) -> String {
        let Self { mut child, input, mut output } = self;
        drop(input);
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        child.wait().unwrap();
        rest
    }
}

/// Ends a guest with the test that started it.
pub struct Ends(pub Guest);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.child.kill();
        let _ = self.0.child.wait();
    }
}
