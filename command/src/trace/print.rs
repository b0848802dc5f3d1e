//! `gosbrk trace print`: calls as text.

use super::open::{UNREADABLE, open};
use super::progress::watched;
use crate::hidden::Hidden;
use clap::Args;
use gosbrk_trace::text;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace print server.gosbrk | less
  gosbrk trace print server.gosbrk >server.ops    a script: go run ./cmd/lockstep -trace server.ops

Each line is a call and its result. Addresses are offsets from a multiple of 64 MiB below the
heap. An error follows a # at the end of the line.";

/// `gosbrk trace print`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Print {
    /// The trace
    file: PathBuf,
    #[command(flatten)]
    _hidden: Hidden,
}

/// Runs it.
pub fn run(print: &Print) -> ExitCode {
    let Some(trace) = open(&print.file) else { return ExitCode::from(UNREADABLE) };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let printed =
        watched("printing", &print.file, trace.calls, |tell| text::print(&trace, &mut out, tell));
    match printed.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gosbrk: {}: {error}", print.file.display());
            ExitCode::from(UNREADABLE)
        }
    }
}
