//! `gosbrk trace export`: for other programs.

use super::open::{UNREADABLE, open};
use super::progress::watched;
use crate::hidden::Hidden;
use clap::Args;
use gosbrk_trace::export;
use gosbrk_trace::file::Trace;
use gosbrk_trace::page::{Page, Part};
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace export --csv server.gosbrk >server.csv
  gosbrk trace export --svg -o server.svg server.gosbrk    a picture for a report
  gosbrk trace export --perfetto -o server.json server.gosbrk    opens in https://ui.perfetto.dev

--csv is a table with a row for each moment at which a figure changes. The first line names the columns
with their units. What is not known is empty.
--svg is a drawing of 760 pixels width. It shows memory over time, its parts at the peak and at the end,
the map of addresses over time, and who made the heap grow. It has no script, style sheet or font, so
browsers, Markdown and LaTeX show it alike. It also works in black and white.
--perfetto is a timeline. It has a counter for each row of `gosbrk trace stat`, in bytes, and an instant
for each growth of the heap, with its stack. Where a figure is not known, Perfetto shows the last known one.

Exit status: 0, or 2 if a file cannot be read or written.";

/// `gosbrk trace export`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Export {
    #[command(flatten)]
    format: Format,
    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The trace
    file: PathBuf,
    #[command(flatten)]
    _hidden: Hidden,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Format {
    /// A table
    #[arg(long)]
    csv: bool,
    /// A drawing for reports
    #[arg(long)]
    svg: bool,
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
        watched("reading", &arguments.file, trace.calls, |tell| match arguments.format {
            Format { csv: true, .. } => export::csv(&trace, &mut to, tell),
            Format { svg: true, .. } => svg(&trace, &mut to, tell),
            _ => export::perfetto(&trace, &mut to, tell),
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

fn svg(trace: &Trace, to: &mut dyn Write, tell: impl FnMut(u64)) -> io::Result<()> {
    let page = Page::of(trace, Part::default(), tell)?;
    to.write_all(gosbrk_page::drawing::svg(&page).as_bytes())
}
