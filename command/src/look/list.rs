//! The Go programs that run, the largest first.

use super::{json, print, refused};
use gosbrk_look::model::{Known, megabytes};
use gosbrk_look::programs::{Program, Programs};
use std::cmp::Reverse;
use std::fmt::Write as _;

/// Lists them.
pub fn list(json: bool) -> u8 {
    let mut programs = Programs::default();
    programs.read();
    let mut all: Vec<&Program> = programs.all().collect();
    all.sort_by_key(|program| Reverse(*program.snapshot.moment.rss.as_ref().unwrap_or(&0)));
    if json {
        all.iter().all(|one| print(&json::line(&one.target, &one.snapshot, None)));
    } else {
        print(&table(&all));
    }
    for group in refused::groups(&programs) {
        eprintln!("gosbrk: {}\nhint: {}", group.sentence(), group.hint);
    }
    0
}

fn table(programs: &[&Program]) -> String {
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
        let command: String = program.command.chars().take(60).collect();
        let _ = writeln!(
            text,
            "{:>8} {:>12} {:>12} {:>12}  {go:10} {command}",
            target.process.pid,
            size(&moment.rss),
            size(&moment.held),
            size(&moment.kept)
        );
    }
    text
}
