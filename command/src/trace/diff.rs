//! `gosbrk trace diff`: two runs, or two moments of one.

mod text;

use super::open::{UNREADABLE, open};
use super::progress::watched;
use super::stat::moment;
use crate::hidden::Hidden;
use clap::Args;
use gosbrk_page::chart::Chart;
use gosbrk_trace::condition::Outcome;
use gosbrk_trace::diff::{Diff as Difference, Side, When};
use gosbrk_trace::file::Trace;
use gosbrk_trace::relative::Relative;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace diff before.gosbrk after.gosbrk       both at their highest resident memory
  gosbrk trace diff server.gosbrk@peak server.gosbrk@end
  gosbrk trace diff server.gosbrk@5.2s server.gosbrk@#9624
  gosbrk trace diff --html diff.html before.gosbrk after.gosbrk    with a chart of each
  gosbrk trace diff --fail-if 'peak.rss>+10%' main.gosbrk branch.gosbrk    for CI

The moment after @ is peak (the highest resident memory), end, a time since the start, or a call.
Without it both are compared at their peak. Growths and address space are those up to that moment.

A condition is NAME>LIMIT or NAME<LIMIT. The names are those of `gosbrk trace check`, and at.ROW for a
row at the moments that are compared. A limit with a sign is a change from A to B, such as +5MiB or
-10% of A's figure. A limit without a sign is for B alone, as in `gosbrk trace check`.

Exit status: 0 if no condition holds, 1 if one does, with a line for each, 2 if a figure is not
known, a file cannot be read, or the page cannot be written.";

/// `gosbrk trace diff`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    /// Print one JSON object: sizes in bytes, null for what is not known
    #[arg(long)]
    json: bool,
    /// Also write a page with a chart of each trace, on one scale
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Fail if this holds, such as peak.rss>+10% or end.kept>+5MiB. Can be given more than once
    #[arg(long, value_name = "CONDITION")]
    fail_if: Vec<Relative>,
    /// The trace to compare with, and a moment of it
    #[arg(value_name = "A[@MOMENT]")]
    a: OsString,
    /// The trace that is compared
    #[arg(value_name = "B[@MOMENT]")]
    b: OsString,
    #[command(flatten)]
    _hidden: Hidden,
}

/// A side as it was asked for.
struct Asked {
    file: PathBuf,
    when: When,
    trace: Trace,
    side: Side,
}

/// Runs it.
pub fn run(arguments: &Diff) -> ExitCode {
    match try_run(arguments) {
        Ok(status) => ExitCode::from(status),
        Err(told) => {
            if let Some(text) = told {
                eprintln!("gosbrk: {text}");
            }
            ExitCode::from(UNREADABLE)
        }
    }
}

/// An error that was not told yet comes with its text.
fn try_run(arguments: &Diff) -> Result<u8, Option<String>> {
    let (a, b) = (read(&arguments.a)?, read(&arguments.b)?);
    let diff = Difference::of(&a.side, &b.side);
    let text = if arguments.json {
        format!("{}\n", diff.json(&a.side, &b.side))
    } else {
        text::page(&a, &b, &diff)
    };
    if let Some(file) = &arguments.html {
        write_page(file, [&a, &b], &diff)?;
    }
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            return Err(Some(format!("cannot write: {error}")));
        }
        _ => {}
    }
    let mut status = 0;
    for condition in &arguments.fail_if {
        let (line, worse) =
            match condition.check((&a.trace, &a.side.stat), (&b.trace, &b.side.stat)) {
                Outcome::Passed => continue,
                Outcome::Failed(line) => (line, 1),
                Outcome::Unknown(line) => (line, UNREADABLE),
            };
        eprintln!("gosbrk: {line}");
        status = status.max(worse);
    }
    Ok(status)
}

fn read(asked: &OsString) -> Result<Asked, Option<String>> {
    let (file, when) = operand(asked).map_err(Some)?;
    let trace = open(&file).ok_or(None)?;
    let side = watched("reading", &file, trace.calls, |tell| Side::of(&trace, when, tell));
    let side = side.map_err(|error| Some(format!("{}: {error}", file.display())))?;
    Ok(Asked { file, when, trace, side })
}

/// `FILE`, `FILE@peak`, `FILE@5.2s`. A file that has such a name as a whole is meant itself.
fn operand(asked: &OsString) -> Result<(PathBuf, When), String> {
    let whole = PathBuf::from(asked);
    let bytes = asked.as_bytes();
    let at = bytes.iter().rposition(|byte| *byte == b'@');
    let Some(at) = at.filter(|_| !whole.exists()) else { return Ok((whole, When::Peak)) };
    let file = Path::new(std::ffi::OsStr::from_bytes(&bytes[..at])).to_owned();
    let when = match &bytes[at + 1..] {
        b"peak" => When::Peak,
        b"end" => When::End,
        other => {
            let text = String::from_utf8_lossy(other);
            let at = moment(&text).map_err(|_| {
                format!("{text:?} is no moment: there are peak, end, a time such as 5.2s, and a call such as #9624")
            })?;
            When::At(at)
        }
    };
    Ok((file, when))
}

fn write_page(file: &Path, sides: [&Asked; 2], diff: &Difference) -> Result<(), Option<String>> {
    let mut charts = Vec::new();
    for side in sides {
        let Asked { file, trace, .. } = side;
        let chart = watched("drawing", file, trace.calls, |tell| Chart::of(trace, tell));
        charts.push(chart.map_err(|error| Some(format!("{}: {error}", side.file.display())))?);
    }
    let names = sides.map(text::name);
    let moments = sides.map(|side| side.side.moment.ns);
    let html = gosbrk_page::diff::html(&names, &charts, moments, diff);
    fs::write(file, html).map_err(|error| Some(format!("cannot write {}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::{When, operand};
    use gosbrk_trace::stat::At;
    use std::path::PathBuf;

    #[test]
    fn a_moment_stands_behind_its_file() {
        let of = |text: &str| operand(&text.into());
        assert_eq!(of("a.gosbrk"), Ok((PathBuf::from("a.gosbrk"), When::Peak)));
        assert_eq!(of("a@b@end"), Ok((PathBuf::from("a@b"), When::End)));
        assert_eq!(of("a@5s").unwrap().1, When::At(At::Time(5_000_000_000)));
        assert_eq!(of("a@#7").unwrap().1, When::At(At::Call(7)));
        assert!(of("a@later").is_err());
    }
}
