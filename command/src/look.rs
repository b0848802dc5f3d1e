//! `gosbrk look`: where the memory of a running Go program went.
//!
//! | module | what it owns |
//! |---|---|
//! | [`text`] | a moment for people |
//! | [`json`] | a moment for programs |
//! | [`list`] | the Go programs that run |
//! | [`refused`] | the processes that may not be read |
//! | [`watch`] | a moment again and again |
//! | [`html`] | a moment as a page for the browser |
//! | [`record`] | moments, written to a trace |

mod html;
pub mod json;
mod list;
mod record;
pub mod refused;
pub mod text;
mod watch;

use crate::hidden::Hidden;
use clap::Args;
use gosbrk_look::snapshot::Target;
use gosbrk_look::trouble::{Kind, Trouble};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  gosbrk look                      list the running Go programs, the largest first
  gosbrk look 4711                 where the memory of process 4711 went
  gosbrk look $(pgrep -x server)   the same for every process with that name
  gosbrk look --html memory.html 4711   the same as a page for the browser
  gosbrk look --watch 4711         the same every second, until the process ends
  gosbrk look --watch=5s --json 4711 >>memory.jsonl
  gosbrk look --record server.gosbrk --every 100ms 4711    a trace, for gosbrk trace

The program is neither stopped nor changed, and needs no special build. Any program built
with Go 1.21 to 1.27 for linux/amd64 or linux/arm64 works.

Exit status: 0 if all went well, 1 if a process is not a Go program or has ended, 2 for a
wrong option or if the process may not be read.";

/// `gosbrk look`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Look {
    /// Processes to look at. Without any, the running Go programs are listed
    #[arg(value_name = "PID", value_parser = process_number)]
    pids: Vec<i32>,
    /// Print one JSON object per process: sizes in bytes, null for what is not known
    #[arg(long)]
    json: bool,
    /// Write a page for the browser to FILE, with the state of each page of the heap. It
    /// needs no network and no other file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "watch", "record"])]
    html: Option<PathBuf>,
    /// Repeat until the process ends: every second, or as in `--watch=500ms`
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, require_equals = true,
          default_missing_value = "1s", value_parser = interval)]
    watch: Option<Duration>,
    /// Write a trace to FILE until the process ends or Ctrl-C, for `gosbrk trace`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "watch"])]
    record: Option<PathBuf>,
    /// Time between two samples of a recording
    #[arg(long, value_name = "INTERVAL", default_value = "100ms", value_parser = interval,
          requires = "record")]
    every: Duration,
    #[command(flatten)]
    _hidden: Hidden,
}

/// What helps a user who has given no PID.
const LIST: &str = "`gosbrk look` without a PID lists the running Go programs";

/// Runs it.
pub fn run(look: &Look) -> ExitCode {
    if let Some(file) = &look.html {
        let [pid] = look.pids[..] else {
            eprintln!("gosbrk: --html takes one PID\nhint: {LIST}");
            return ExitCode::from(2);
        };
        return ExitCode::from(html::write(pid, file));
    }
    if let Some(file) = &look.record {
        let [pid] = look.pids[..] else {
            eprintln!("gosbrk: --record takes one PID\nhint: {LIST}");
            return ExitCode::from(2);
        };
        return ExitCode::from(record::record(pid, file, look.every));
    }
    let status = match (&look.pids[..], look.watch) {
        ([], None) => list::list(look.json),
        ([pid], Some(interval)) => watch::watch(*pid, interval, look.json),
        (pids, None) => all(pids, look.json),
        _ => {
            eprintln!("gosbrk: --watch takes one PID\nhint: {LIST}");
            2
        }
    };
    ExitCode::from(status)
}

fn all(pids: &[i32], json: bool) -> u8 {
    let mut status = 0;
    for (i, pid) in pids.iter().enumerate() {
        let looked = Target::open(*pid).and_then(|target| {
            let snapshot = target.look()?;
            let text = if json {
                json::line(&target, &snapshot, None)
            } else {
                text::page(&target, &snapshot)
            };
            Ok(text)
        });
        match looked {
            Ok(text) => {
                let between = if i > 0 && !json { "\n" } else { "" };
                if !print(&format!("{between}{text}")) {
                    break;
                }
            }
            Err(trouble) => status = status.max(tell(&trouble)),
        }
    }
    status
}

/// Says what went wrong, and gives the exit status for it.
pub fn tell(trouble: &Trouble) -> u8 {
    eprintln!("gosbrk: {trouble}");
    if let Some(hint) = &trouble.hint {
        eprintln!("hint: {hint}");
    }
    if trouble.kind == Kind::Denied { 2 } else { 1 }
}

/// Writes to standard output; false when nobody reads it any more.
pub fn print(text: &str) -> bool {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => true,
        Err(error) => {
            if error.kind() != ErrorKind::BrokenPipe {
                eprintln!("gosbrk: cannot write: {error}");
            }
            false
        }
    }
}

/// The number of a process.
fn process_number(text: &str) -> Result<i32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("a process number (PID) is wanted; {LIST}"))
}

/// `500ms`, `2s` or `1m`, not less than 10 ms.
pub fn interval(text: &str) -> Result<Duration, String> {
    let wrong = || "an interval is a number with ms, s or m, such as 500ms or 2s".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let each = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return Err(wrong()),
    };
    let interval = number.checked_mul(each).map(Duration::from_millis).ok_or_else(wrong)?;
    if interval < Duration::from_millis(10) {
        Err("the shortest interval is 10ms".into())
    } else {
        Ok(interval)
    }
}

#[cfg(test)]
mod tests;
