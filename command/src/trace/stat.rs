//! `gosbrk trace stat`: the summary, for people and for programs.

mod text;

use super::open::{UNREADABLE, summary};
use crate::hidden::Hidden;
use clap::Args;
use gosbrk_trace::stat::At;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace stat server.gosbrk
  gosbrk trace stat --at 5.2s server.gosbrk      also the moment 5.2 seconds after the start
  gosbrk trace stat --at '#9624' server.gosbrk   also the moment after call 9624, counted from 0
  gosbrk trace stat --json server.gosbrk | jq .moments.peak.rss

The trace of a running program is shown up to its last call.
Exit status: 0, or 2 if a file is not a trace, has a newer format, or cannot be read.";

/// `gosbrk trace stat`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Stat {
    /// Print one JSON object per file: sizes in bytes, null for what is not known
    #[arg(long)]
    json: bool,
    /// Show this moment too: a time since the start, such as 5.2s, or a call, such as #9624
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    at: Option<At>,
    /// The traces
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    _hidden: Hidden,
}

/// Runs it.
pub fn run(arguments: &Stat) -> ExitCode {
    let mut status = 0;
    for (i, file) in arguments.files.iter().enumerate() {
        let Some((trace, stat)) = summary(file, arguments.at) else {
            status = UNREADABLE;
            continue;
        };
        let text = if arguments.json {
            format!("{}\n", stat.json(&trace))
        } else {
            let between = if i > 0 { "\n" } else { "" };
            format!("{between}{}", text::page(file, &trace, &stat))
        };
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            if error.kind() != ErrorKind::BrokenPipe {
                eprintln!("gosbrk: cannot write: {error}");
                status = UNREADABLE;
            }
            break;
        }
    }
    ExitCode::from(status)
}

/// `5.2s`, `300ms` or `#9624`.
pub fn moment(text: &str) -> Result<At, String> {
    let wrong = || "a moment is a time such as 5.2s or 300ms, or a call such as #9624".to_owned();
    if let Some(call) = text.strip_prefix('#') {
        return call.parse().map(At::Call).map_err(|_| wrong());
    }
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1_000_000),
        None => (text.strip_suffix('s').unwrap_or(text), 1_000_000_000_u64),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 9 || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part: u64 = format!("{part:0<9}").parse().map_err(|_| wrong())?;
    let part = u128::from(part) * u128::from(unit) / 1_000_000_000;
    let ns = whole.checked_mul(unit).zip(u64::try_from(part).ok());
    ns.and_then(|(whole, part)| whole.checked_add(part)).map(At::Time).ok_or_else(wrong)
}
