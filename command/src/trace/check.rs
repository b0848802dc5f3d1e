//! `gosbrk trace check`: conditions, for CI.

use super::open::{UNREADABLE, summary};
use crate::hidden::Hidden;
use clap::Args;
use gosbrk_trace::condition::{Condition, Outcome};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace check --fail-if 'peak.rss>64MiB' server.gosbrk
  gosbrk trace check --fail-if 'end.kept>10%' --fail-if 'heap.growths>20' traces/*.gosbrk

A condition is NAME>LIMIT or NAME<LIMIT.
Names:
  peak.ROW, end.ROW      at the highest resident memory, and at the end. ROW is held, gaps, kept, stacks,
                         tables, layer, other, file, untouched or rss
  heap.growths           how often the heap grew
  waste.slack, waste.free_list, waste.tail
  address_space.total, or address_space.NAME with a name of `gosbrk trace stat`
  calls, lost            recorded calls, and missing ones
Limits: a number, a size such as 64MiB or 70MB, or a share of the resident memory such as 10%.

Exit status: 0 if no condition holds, 1 if one does, with a line for each, 2 if a figure is not
known, a file cannot be read, or a condition cannot be understood.";

/// `gosbrk trace check`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// Fail if this holds, such as peak.rss>64MiB or end.kept>10%. Can be given more than once
    #[arg(long, value_name = "CONDITION", required = true)]
    fail_if: Vec<Condition>,
    /// The traces
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    _hidden: Hidden,
}

/// Runs it.
pub fn run(check: &Check) -> ExitCode {
    let mut status = 0;
    for file in &check.files {
        let Some((trace, stat)) = summary(file, None) else {
            status = UNREADABLE;
            continue;
        };
        for condition in &check.fail_if {
            let (line, worse) = match condition.check(&trace, &stat) {
                Outcome::Passed => continue,
                Outcome::Failed(line) => (line, 1),
                Outcome::Unknown(line) => (line, UNREADABLE),
            };
            eprintln!("gosbrk: {}: {line}", file.display());
            status = status.max(worse);
        }
    }
    ExitCode::from(status)
}
