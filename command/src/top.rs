//! `gosbrk top`: where the memory of running Go programs goes, live.
//!
//! | module | what it owns |
//! |---|---|
//! | [`entry`] | a program in the list |
//! | [`order`] | in what order programs are listed |
//! | [`recording`] | the trace that a program writes meanwhile |
//! | [`detail`] | what is shown of one program, or of one trace |
//! | [`process`] | one program, read again and again |
//! | [`file`](mod@file) | one trace, read again and again |
//! | [`worker`] | the thread that reads them |
//! | [`line`](mod@line) | a line of the screen |
//! | [`state`] | what is on the screen, and what keys do |
//! | [`screen`] | the screen as lines |
//! | [`terminal`] | the terminal: taken, written to, and given back |
//! | [`live`] | keys, signals and figures, one after the other |
//! | [`plain`] | lines, where there is no terminal |

mod detail;
mod entry;
mod file;
mod line;
mod live;
mod order;
mod plain;
mod process;
mod recording;
mod screen;
mod state;
mod terminal;
mod worker;

use crate::hidden::Hidden;
use crate::look::{interval, tell};
use clap::Args;
use file::OneFile;
use order::Sort;
use process::One;
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, stdout};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  gosbrk top                       all Go programs that run
  gosbrk top 4711                  one of them: its memory, and what makes it grow
  gosbrk top $(pgrep -xn server)   the newest of that name
  gosbrk top server.4711.gosbrk    a recording, also while it is being written
  gosbrk top --sort change | grep server        plain lines, where there is no terminal
  gosbrk top --json --every 5s >memory.jsonl    one object per program, every 5 seconds

Keys: Enter opens a program, Esc goes back, s sorts, p pauses, q quits, ? shows all keys.

Programs of Go 1.21 to 1.27 on linux/amd64 and linux/arm64 are shown. They are neither stopped nor changed. For a
program that is being recorded (gosbrk trace record), top also shows who makes its heap grow.
`gosbrk look` prints the same figures once.

Exit status: 0 if all went well, 1 if the process is not a Go program or has ended, 2 for a
wrong option or if the process or the file may not be read.";

/// `gosbrk top`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Top {
    /// A process or a recording. Without one, all running Go programs are shown
    #[arg(value_name = "PID|FILE")]
    what: Option<OsString>,
    /// Time between two readings. It grows if reading would take more than half of one
    /// processor's time
    #[arg(long, value_name = "INTERVAL", default_value = "1s", value_parser = interval)]
    every: Duration,
    /// Sort the list by this
    #[arg(long, value_enum, default_value_t = Sort::Rss)]
    sort: Sort,
    /// Print one JSON object per line: sizes in bytes, null for what is not known
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    _hidden: Hidden,
}

/// What is looked at.
enum Subject {
    All,
    One(Box<One>),
    File(Box<OneFile>),
}

/// Runs it.
pub fn run(top: &Top) -> ExitCode {
    let subject = match top.what.as_deref().map(open) {
        None => Subject::All,
        Some(Ok(subject)) => subject,
        Some(Err(status)) => return ExitCode::from(status),
    };
    if top.json || !stdout().is_terminal() || !terminal::can_move() {
        return ExitCode::from(plain::run(subject, top));
    }
    live::run(subject, top)
}

/// Opens a process or a file; says what is wrong with it, and gives the exit status.
fn open(what: &OsStr) -> Result<Subject, u8> {
    let pid = what.to_str().and_then(|text| text.parse::<i32>().ok()).filter(|pid| *pid > 0);
    if let Some(pid) = pid {
        return One::open(pid).map(|one| Subject::One(Box::new(one))).map_err(|it| tell(&it));
    }
    let file = Path::new(what);
    OneFile::open(file).map(|one| Subject::File(Box::new(one))).map_err(|trouble| {
        eprintln!("gosbrk: {}: {trouble}", file.display());
        if let Some(hint) = trouble.hint {
            eprintln!("hint: {hint}");
        }
        2
    })
}

/// `5.2 s`.
fn seconds(ns: u64) -> String {
    format!("{}.{} s", ns / 1_000_000_000, ns / 100_000_000 % 10)
}
