//! The Go programs that run, the largest first.

use super::{json, print};
use gosbrk_look::model::{Known, megabytes};
use gosbrk_look::process::{self, Process};
use gosbrk_look::snapshot::{Snapshot, Target};
use gosbrk_look::trouble::{Kind, Trouble};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

/// Most processes that are named of those that may not be read.
const NAMED: usize = 8;

/// Lists them.
pub fn list(json: bool) -> u8 {
    let mut programs = Vec::new();
    let mut refused: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for pid in process::all().into_iter().filter(|pid| has_memory(*pid)) {
        match Target::open(pid).and_then(|target| target.look().map(|snapshot| (target, snapshot)))
        {
            Ok(program) => programs.push(program),
            Err(trouble) if trouble.kind == Kind::Denied => {
                let (reason, hint) = reason(&trouble);
                let name = Process::open(pid).map(|process| process.name()).unwrap_or_default();
                refused.entry((reason, hint)).or_default().push(format!("{pid} {name}"));
            }
            // Has ended, or is no Go program.
            Err(_) => {}
        }
    }
    programs.sort_by_key(|(_, snapshot)| {
        std::cmp::Reverse(*snapshot.moment.rss.as_ref().unwrap_or(&0))
    });
    if json {
        programs.iter().all(|(target, snapshot)| print(&json::line(target, snapshot, None)));
    } else {
        print(&table(&programs));
    }
    for ((reason, hint), names) in refused {
        eprintln!("{}", unreadable(&reason, &names));
        eprintln!("hint: {hint}");
    }
    0
}

fn table(programs: &[(Target, Snapshot)]) -> String {
    if programs.is_empty() {
        return "No Go program that can be read is running.\n".into();
    }
    let mut text = format!(
        "{:>8} {:>12} {:>12} {:>12}  {:10} command\n",
        "pid", "RSS", "held", "kept free", "Go"
    );
    for (target, snapshot) in programs {
        let size = |known: &Known| {
            known.as_ref().map_or_else(|_| "not known".into(), |size| megabytes(*size))
        };
        let moment = &snapshot.moment;
        let go = target.modules[0].go.as_deref().unwrap_or("not known");
        let go = go.split(' ').next().unwrap_or(go);
        let command = Some(target.process.command()).filter(|command| !command.is_empty());
        let command: String =
            command.unwrap_or_else(|| target.name.clone()).chars().take(60).collect();
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

/// Threads of the kernel have no memory, and anybody may know that.
fn has_memory(pid: i32) -> bool {
    let pages = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    pages.split(' ').next().is_some_and(|pages| pages != "0" && !pages.is_empty())
}

/// What is the same for many processes.
fn reason(trouble: &Trouble) -> (String, String) {
    let reason = trouble
        .message
        .rsplit_once(" may not be read: ")
        .map_or(trouble.message.as_str(), |(_, why)| why);
    (reason.to_owned(), trouble.hint.clone().unwrap_or_default())
}

fn unreadable(reason: &str, names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let first = names[..names.len() - more].join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "gosbrk: not readable, so whether they are Go programs is not known ({reason}): {first}{more}"
    )
}
