//! The Go programs that run, the largest first.

use super::{json, print, refused};
use crate::columns::fitting;
use crossterm::terminal::size;
use gosbrk_look::model::{Known, megabytes};
use gosbrk_look::programs::{Program, Programs};
use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io::{IsTerminal, stdout};

/// Lists them.
pub fn list(json: bool) -> u8 {
    let mut programs = Programs::default();
    programs.read();
    let mut all: Vec<&Program> = programs.all().collect();
    all.sort_by_key(|program| Reverse(*program.snapshot.moment.rss.as_ref().unwrap_or(&0)));
    if json {
        all.iter().all(|one| print(&json::line(&one.target, &one.snapshot, None)));
    } else {
        print(&table(&all, columns()));
    }
    if let Some(line) = refused::summary(&programs) {
        eprintln!("gosbrk: {line}");
    }
    0
}

/// The width of the terminal; nothing where lines are not to be cut.
fn columns() -> Option<usize> {
    let (columns, _) = stdout().is_terminal().then(size)?.ok()?;
    (columns > 0).then_some(columns.into())
}

/// The part of a line that fits.
fn cut(line: &str, columns: Option<usize>) -> &str {
    columns.map_or(line, |columns| &line[..fitting(line, columns).0])
}

fn table(programs: &[&Program], columns: Option<usize>) -> String {
    if programs.is_empty() {
        return "No Go program that can be read is running.\n".into();
    }
    let mut text = format!(
        "{:>8} {:>12} {:>12} {:>12}  {:10} command\n",
        "pid", "RSS", "held", "kept free", "Go"
    );
    for program in programs {
        let size = |known: &Known| {
            known.as_ref().map_or_else(|_| "not known".into(), |size| megabytes(*size))
        };
        let (target, moment) = (&program.target, &program.snapshot.moment);
        let go = target.modules[0].go.as_deref().unwrap_or("not known");
        let go = go.split(' ').next().unwrap_or(go);
        let line = format!(
            "{:>8} {:>12} {:>12} {:>12}  {go:10} {}",
            target.process.pid,
            size(&moment.rss),
            size(&moment.held),
            size(&moment.kept),
            program.command
        );
        let _ = writeln!(text, "{}", cut(&line, columns));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_line_is_as_wide_as_the_terminal() {
        assert_eq!(cut("server 4711", None), "server 4711");
        assert_eq!(cut("server 4711", Some(11)), "server 4711");
        assert_eq!(cut("server 4711", Some(8)), "server 4");
        // Two columns each.
        assert_eq!(cut("漢字", Some(3)), "漢");
    }
}
