//! `gosbrk trace export`: for other programs.

use super::open::{UNREADABLE, open};
use super::progress::watched;
use clap::Args;
use gosbrk_trace::export;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace export --csv server.gosbrk >server.csv
  gosbrk trace export --perfetto -o server.json server.gosbrk    opens in https://ui.perfetto.dev

--csv is a table with a row for each moment at which a figure changes. The first line names the columns,
each with its unit; what is not known is empty.
--perfetto is a timeline: a counter for each row of `gosbrk trace stat`, in bytes, and an instant for each
growth of the heap, with its stack. Perfetto draws a counter on until its next value: where a figure
is not known, that is its last known one.

Exit status: 0, or 2 if a file cannot be read or written.";

/// `gosbrk trace export`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Export {
    #[command(flatten)]
    format: Format,
    /// Where to write it; without it, to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The trace
    file: PathBuf,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Format {
    /// A table
    #[arg(long)]
    csv: bool,
    /// A timeline for Perfetto and Chromium's tracing
    #[arg(long)]
    perfetto: bool,
}

/// Runs it.
pub fn run(arguments: &Export) -> ExitCode {
    let Some(trace) = open(&arguments.file) else { return ExitCode::from(UNREADABLE) };
    let to: io::Result<Box<dyn Write>> = match &arguments.output {
        Some(path) => File::create(path).map(|file| Box::new(file) as Box<dyn Write>),
        None => Ok(Box::new(io::stdout().lock())),
    };
    let name = arguments.output.as_ref().unwrap_or(&arguments.file).display();
    let written = to.and_then(|to| {
        let mut to = BufWriter::with_capacity(1 << 16, to);
        watched("reading", &arguments.file, trace.calls, |tell| {
            if arguments.format.csv {
                export::csv(&trace, &mut to, tell)
            } else {
                export::perfetto(&trace, &mut to, tell)
            }
        })?;
        to.flush()
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gosbrk: {name}: {error}");
            ExitCode::from(UNREADABLE)
        }
    }
}
