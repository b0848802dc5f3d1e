//! `gosbrk trace view`: a trace as a page for the browser.

use super::open::{UNREADABLE, open};
use super::progress::watched;
use super::stat::moment;
use crate::hidden::Hidden;
use clap::Args;
use gosbrk_trace::page::{Page, Part};
use gosbrk_trace::stat::At;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const EXAMPLES: &str = "\
Examples:
  gosbrk trace view server.gosbrk               writes server.html and prints its path
  gosbrk trace view --open server.gosbrk        and opens it in the browser
  gosbrk trace view -o memory.html server.gosbrk
  gosbrk trace view --from 5.2s --to 6s server.gosbrk   one second, call by call

The page needs no network and no other file. If there are more than 2 million calls, several are
drawn as one, and the page says so. The trace of a running program is shown up to its last call.
Exit status: 0, or 2 if a file cannot be read or the page cannot be written.";

/// `gosbrk trace view`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct View {
    /// Where to write the page, or for several traces the folder for the pages [default: beside
    /// each trace]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    /// Begin at this time since the start of the program, such as 5.2s
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<u64>,
    /// End at this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<u64>,
    /// The traces
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    _hidden: Hidden,
}

/// A time in nanoseconds.
fn time(text: &str) -> Result<u64, String> {
    match moment(text) {
        Ok(At::Time(ns)) => Ok(ns),
        _ => Err("a time is a number with s or ms, such as 5.2s".into()),
    }
}

/// Runs it.
pub fn run(arguments: &View) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for file in &arguments.files {
        if let Err(told) = view(arguments, file) {
            if let Some(text) = told {
                eprintln!("gosbrk: {text}");
            }
            status = ExitCode::from(UNREADABLE);
        }
    }
    status
}

/// Writes the page of one trace. An error that was not told yet comes with its text.
fn view(arguments: &View, file: &Path) -> Result<(), Option<String>> {
    let trace = open(file).ok_or(None)?;
    let part = Part {
        from: arguments.from.unwrap_or(0),
        to: arguments.to.unwrap_or(u64::MAX),
        ..Part::default()
    };
    let page = watched("reading", file, trace.calls, |tell| Page::of(&trace, part, tell));
    let page = page.map_err(|error| Some(format!("{}: {error}", file.display())))?;
    if page.column("step", "call").is_none_or(|column| column.numbers.is_empty()) {
        return Err(Some(format!("{}: there is no call to show", file.display())));
    }
    let html = gosbrk_page::html::html(&gosbrk_page::trace::page(&page));
    let output = output(arguments.output.as_deref(), arguments.files.len(), file);
    fs::write(&output, html)
        .map_err(|error| Some(format!("cannot write {}: {error}", output.display())))?;
    match writeln!(io::stdout(), "{}", output.display()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            return Err(Some(format!("cannot write: {error}")));
        }
        _ => {}
    }
    if arguments.open { show(&output) } else { Ok(()) }
}

/// Where the page of a trace goes.
fn output(asked: Option<&Path>, count: usize, file: &Path) -> PathBuf {
    match asked {
        None => file.with_extension("html"),
        Some(path) if count > 1 || path.is_dir() => {
            path.join(file.with_extension("html").file_name().unwrap_or_default())
        }
        Some(path) => path.to_owned(),
    }
}

fn show(page: &Path) -> Result<(), Option<String>> {
    let opened =
        Command::new("xdg-open").arg(page).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match opened {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Some(format!(
            "cannot open a browser: xdg-open failed\nhint: open {} yourself",
            page.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_lies_beside_its_trace_or_where_it_is_asked_for() {
        let of = |asked: Option<&str>, count| {
            output(asked.map(Path::new), count, Path::new("a/b.gosbrk"))
        };
        assert_eq!(of(None, 1), Path::new("a/b.html"));
        assert_eq!(of(Some("c.html"), 1), Path::new("c.html"));
        assert_eq!(of(Some("folder"), 2), Path::new("folder/b.html"));
        assert_eq!(of(Some("/tmp"), 1), Path::new("/tmp/b.html"));
    }

    #[test]
    fn times() {
        assert_eq!(time("5.2s"), Ok(5_200_000_000));
        assert!(time("#7").is_err());
    }
}
