//! A moment for people.

use crate::rows::{self, INDENT};
use gosbrk_look::counters::Reading;
use gosbrk_look::find::Module;
use gosbrk_look::model::megabytes;
use gosbrk_look::process::plain;
use gosbrk_look::snapshot::{Snapshot, Target};
use gosbrk_look::trouble::Trouble;
use gosbrk_look::{cgroup, heap, outlook, space};
use std::fmt::Write as _;

/// How many characters a line of the map has.
const MAP: usize = 64;

/// What is said of a program without symbols.
const UNCERTAIN: &str =
    "The runtime's own tables, not all of which can be found without symbols, may be up to";

/// What is said of a program that was never still.
const UNSTEADY: &str = "The program changed its counters all the time while they were read.";

/// All there is to say of a process at a moment.
pub fn page(target: &Target, snapshot: &Snapshot) -> String {
    let mut text = String::new();
    let mut line = |part: &str| {
        text.push_str(part);
        text.push('\n');
    };
    let who = format!("{} {}", target.process.pid, target.name);
    line(&snapshot.moment.sentence(&who));
    line("");
    let below = below(snapshot);
    line(rows::rows(&snapshot.moment, target.on_gosbrk(), &below).trim_end());
    for (module, reading) in target.modules.iter().zip(&snapshot.readings) {
        line("");
        for text in runtime(target, module, reading) {
            line(&text);
        }
        if let Some(map) = map(target, module) {
            line("");
            line(map.trim_end());
        }
    }
    for text in around(target, snapshot) {
        line("");
        line(&text);
    }
    text
}

/// What there is to say of it besides the rows and the map, in lines. Those that begin with a
/// space go with the one above.
pub fn notes(target: &Target, snapshot: &Snapshot) -> Vec<String> {
    let both = target.modules.iter().zip(&snapshot.readings);
    let mut notes: Vec<_> =
        both.flat_map(|(module, reading)| runtime(target, module, reading)).collect();
    notes.extend(around(target, snapshot));
    notes
}

/// One line for a moment that is one of many.
pub fn short(snapshot: &Snapshot) -> String {
    rows::short(&snapshot.moment, false)
}

/// What is below the row of what is not the runtime's.
fn below(snapshot: &Snapshot) -> String {
    let indent = " ".repeat(INDENT);
    let mut text = format!("{indent}= {}\n", others(snapshot));
    if snapshot.uncertain > 0 {
        let most = megabytes(snapshot.uncertain);
        let _ = writeln!(text, "{indent}{UNCERTAIN} {most} of it.");
    }
    text
}

fn others(snapshot: &Snapshot) -> String {
    // Not what would read as nothing.
    let parts = snapshot.other_parts().into_iter().filter(|(_, size)| *size >= 50_000);
    let parts: Vec<_> = parts.map(|(name, size)| format!("{name} {}", megabytes(size))).collect();
    parts.join(", ")
}

/// Whether a runtime's memory will come back.
fn runtime(target: &Target, module: &Module, reading: &Result<Reading, Trouble>) -> Vec<String> {
    let go = module.go.as_deref().unwrap_or("an unknown Go release");
    let layout = match module.layout {
        Some("stock") | None => String::new(),
        Some(layout) => format!(" on gosbrk, {layout}"),
    };
    let name =
        if target.modules.len() > 1 { format!(" in {}", module.name) } else { String::new() };
    let mut lines = vec![format!("Will it come back? ({go}{layout}{name})")];
    match reading {
        Ok(reading) => {
            lines.extend(outlook::lines(&reading.counters, &reading.goals));
            if !reading.steady {
                lines.push(UNSTEADY.into());
            }
        }
        Err(trouble) => {
            lines.push(trouble.message.clone());
            lines.extend(trouble.hint.as_ref().map(|hint| format!("hint: {hint}")));
        }
    }
    for line in &mut lines[1..] {
        line.insert_str(0, "  ");
    }
    lines
}

/// What is not a part of the rows.
fn around(target: &Target, snapshot: &Snapshot) -> Vec<String> {
    let swap = snapshot.swap;
    let swap = (swap > 0)
        .then(|| format!("In swap: {}, not a part of the resident memory.", megabytes(swap)));
    let space = space::space(&target.process).line();
    swap.into_iter().chain([space]).chain(limit(target)).collect()
}

/// The heap's addresses, as the runtime's page map has them.
fn map(target: &Target, module: &Module) -> Option<String> {
    let (place, _) = module.place.as_ref().ok()?;
    // A heap that changes meanwhile: once more.
    let read = || heap::map(&target.process, place).ok();
    let map = read().or_else(read)?;
    let (each, lines) = map.draw(8 * MAP);
    if lines.is_empty() {
        return None;
    }
    let mut text = format!(
        "The heap, {} KiB a character: # in use  + partly  o kept free  . given back or never used\n",
        each >> 10
    );
    for (start, cells) in lines {
        let cells: Vec<char> = cells.chars().collect();
        for (i, part) in cells.chunks(MAP).enumerate() {
            let address = start + (i * MAP) as u64 * each;
            let part: String = part.iter().collect();
            let _ = writeln!(text, "  {address:#x}  {part}");
        }
    }
    Some(text)
}

fn limit(target: &Target) -> Option<String> {
    let limit = cgroup::limit(&target.process)?;
    let max = limit.max.filter(|max| *max > 0)?;
    let percent = u128::from(limit.current) * 100 / u128::from(max);
    Some(format!(
        "Its cgroup takes {} of at most {} ({percent} %), files in the page cache included: {}",
        megabytes(limit.current),
        megabytes(max),
        plain(&limit.folder.to_string_lossy())
    ))
}
