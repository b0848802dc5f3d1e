//! One program on Go as it is and on gosbrk in both layouts, measured side by side.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

use super::whole::{build, build_stock, numbers};
use super::{long, succeed, tell};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The order of everything that is measured here.
pub const KINDS: [&str; 3] = ["stock", "plain", "compact"];

/// What the program does: its name here, and its steps.
pub const WORK: [(&str, &[&str]); 2] = [("hello", &[]), ("busy", &["busy"])];

/// KiB by which a program on gosbrk may be behind stock: the layer's own code, symbols and
/// state in the program (134, by `size`); its records of the 1.2 GB that the layout plain reserves,
/// 1/8192 of them and a quarter more (176); and one window of 64, by which a file gets
/// into memory: a page more that the linker puts elsewhere can bring in a whole one.
pub const SLACK: u64 = 134 + 176 + 64;

/// Builds `testdata/go/footprint` three times, statically linked.
pub fn programs() -> &'static [PathBuf; 3] {
    static PROGRAMS: OnceLock<[PathBuf; 3]> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        KINDS.map(|kind| match kind {
            "stock" => build_stock("footprint"),
            layout => build("footprint", layout, &[]),
        })
    })
}

/// A run of a program, free of what the user has set for Go programs. It has one
/// processor, so that the scheduler does not decide how much memory it takes: each
/// processor that runs a goroutine takes 256 KiB for itself.
pub fn command(program: &Path, steps: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(steps).env("GOMAXPROCS", "1");
    for variable in ["GOSBRK", "GODEBUG", "GOGC", "GOMEMLIMIT", "GOTRACEBACK"] {
        command.env_remove(variable);
    }
    command
}

/// How often a measurement is repeated.
pub fn times(usual: usize) -> usize {
    if long() { usual * 10 } else { usual }
}

/// What each of the three says under some names, in some runs. With the least of
/// them, chance does not count: where the kernel places things, which thread is first.
pub fn measure<const N: usize>(
    names: [&str; N],
    runs: usize,
    run: impl Fn(&Path) -> Command,
) -> [Measured<N>; 3] {
    programs().each_ref().map(|program| {
        let said = |_| numbers(&succeed(&mut run(program)));
        let values = |said: std::collections::BTreeMap<_, _>| names.map(|name| said[name]);
        Measured((0..runs).map(said).map(values).collect())
    })
}

/// What some runs said.
pub struct Measured<const N: usize>(Vec<[u64; N]>);

impl<const N: usize> Measured<N> {
    /// The least that any said under a name, by its place.
    pub fn least(&self, name: usize) -> u64 {
        self.0.iter().map(|run| run[name]).min().unwrap()
    }

    /// The most.
    pub fn most(&self, name: usize) -> u64 {
        self.0.iter().map(|run| run[name]).max().unwrap()
    }
}

/// Compares what the three took, and says at the end who was behind.
#[derive(Default)]
pub struct Judge {
    behind: Vec<String>,
}

impl Judge {
    /// Tells KiB of stock, plain and compact, and keeps those that are behind stock.
    /// None: more than can be measured here.
    pub fn compare(&mut self, what: &str, kib: [impl Into<Option<u64>>; 3]) {
        let kib = kib.map(Into::into);
        let said = kib.map(|kib| kib.map_or("too much".to_owned(), |kib| kib.to_string()));
        let [stock, plain, compact] = &said;
        tell(&format!("{what}, KiB: stock {stock}, plain {plain}, compact {compact}"));
        let [most, ours @ ..] = kib.map(|kib| kib.unwrap_or(u64::MAX));
        for (i, ours) in ours.into_iter().enumerate() {
            if ours > most.saturating_add(SLACK) {
                let (kind, said) = (KINDS[i + 1], &said[i + 1]);
                self.behind.push(format!("{what}, KiB: {kind} {said}, stock {stock}"));
            }
        }
    }

    /// Keeps something else that must not be.
    pub fn fault(&mut self, fault: String) {
        self.behind.push(fault);
    }

    /// Fails if any was behind.
    pub fn finish(self) {
        assert!(self.behind.is_empty(), "behind stock:\n{}", self.behind.join("\n"));
    }
}
