//! Programs of `testdata/look` on gosbrk, recorded.

use crate::common::whole::once;
use crate::common::{own_file, root, run, skip};
use gosbrk_trace::event::Event;
use gosbrk_trace::file::Trace;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The Go that is at hand.
pub const OWN: &str = "local";

/// The size of the allocation by which a trace shows where the program told of itself:
/// `MARK` of `testdata/look/memory`.
pub const MARK: u64 = (65536 + 1507) * 8192;

/// The command under test.
pub fn gosbrk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    command.env_remove("GOSBRK").current_dir(root().join("testdata/look"));
    command
}

/// A file in the tests' own folder.
pub fn place(name: &str) -> PathBuf {
    own_file(&format!("trace-{name}"))
}

/// What `GOTOOLCHAIN` selects a release by; nothing, with the reason told, where that release
/// cannot be had. `what` is then not tested.
pub fn toolchain(release: &str, what: &str) -> Option<String> {
    let toolchain = if release == OWN { OWN.into() } else { format!("go{release}") };
    let mut go = Command::new("go");
    if run(go.arg("version").env("GOTOOLCHAIN", &toolchain)).status.success() {
        return Some(toolchain);
    }
    skip(&format!("{what} of Go {release}"), "the go command cannot get that release");
    None
}

/// Builds a program on gosbrk; nothing, with the reason told, where that release cannot
/// be had.
pub fn build(name: &str, layout: &str, release: &str) -> Option<PathBuf> {
    let program = place(&format!("{name}-{layout}-{release}"));
    let is_there = once(&program, || {
        let mut command = gosbrk();
        command.env("GOTOOLCHAIN", toolchain(release, "programs")?);
        command.args(["--layout", layout, "go", "build", "-o"]).arg(&program);
        command.arg(format!("./{name}"));
        Some(command)
    });
    is_there.then_some(program)
}

/// A program that was recorded, and what it said of itself.
pub struct Recorded {
    pub trace: Trace,
    pub file: PathBuf,
    /// Its `MemStats`, right before it made the allocation of [`MARK`] bytes.
    pub said: BTreeMap<String, u64>,
}

/// Records a program of the kind `memory` until it has told of itself.
pub fn record(kind: &str, amount: u32, layout: &str, release: &str) -> Option<Recorded> {
    let program = build("memory", layout, release)?;
    let file = place(&format!("{kind}-{layout}-{release}.gosbrk"));
    let mut command = Command::new(&program);
    for variable in ["GOGC", "GODEBUG", "GOMEMLIMIT"] {
        command.env_remove(variable);
    }
    if kind == "limited" {
        command.env("GOMEMLIMIT", format!("{amount}MiB")).env("GOGC", "off");
    }
    command.args([kind, &amount.to_string()]).env("GOMAXPROCS", "2");
    command.env("GOSBRK", format!("trace={}", file.display()));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = BufReader::new(output).lines();
    let mut ask = |line: &[u8]| {
        input.write_all(line).unwrap();
        let mut said = BTreeMap::new();
        loop {
            let line = lines.next().expect("the program has ended").unwrap();
            let Some((name, value)) = line.split_once(' ') else { return said };
            said.insert(name.to_owned(), value.parse().unwrap());
        }
    };
    ask(b"\n");
    // What comes next is apart from what was.
    std::thread::sleep(2 * PAUSE);
    let said = ask(b"mark\n");
    drop(input);
    child.wait().unwrap();
    let trace = Trace::open(&file).unwrap();
    Some(Recorded { trace, file, said })
}

/// The goroutine that runs `main`.
const MAIN: u64 = 1;
/// Longer than what lies between the calls of one allocation.
const PAUSE: Duration = Duration::from_millis(50);

impl Recorded {
    /// The first call of the allocation that is the mark. Before it makes the memory ready
    /// the runtime may reserve and map some, and give other memory back.
    pub fn mark(&self) -> u64 {
        let trace = &self.trace;
        let mut events = trace.events();
        let (mut first, mut last) = (0, Duration::ZERO);
        while let Some(event) = events.read().unwrap() {
            let Event::Call(call) = event else { continue };
            if trace.definitions.thread(call.thread).goroutine != MAIN {
                continue;
            }
            let now = Duration::from_nanos(trace.clock.ns(call.ticks).unwrap());
            if now > last + PAUSE {
                first = call.number;
            }
            last = now;
            if call.size == MARK {
                return first;
            }
        }
        panic!("no call has the size of the mark");
    }
}
