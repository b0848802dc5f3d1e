//! A moment for people.

use crate::rows::{self, INDENT};
use gosbrk_look::counters::Reading;
use gosbrk_look::find::Module;
use gosbrk_look::model::megabytes;
use gosbrk_look::snapshot::{Snapshot, Target};
use gosbrk_look::{cgroup, heap, outlook};
use std::fmt::Write as _;

/// How many characters a line of the map has.
const MAP: usize = 64;

/// What is said of a program without symbols.
const UNCERTAIN: &str =
    "The runtime's own tables, not all of which can be found without symbols, may be up to";

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
        line(&runtime(target, module));
        match reading {
            Ok(reading) => line(outlook(reading).trim_end()),
            Err(trouble) => {
                line(&format!("  {trouble}"));
                if let Some(hint) = &trouble.hint {
                    line(&format!("  hint: {hint}"));
                }
            }
        }
        if let Some(map) = map(target, module) {
            line("");
            line(map.trim_end());
        }
    }
    if snapshot.swap > 0 {
        line(&format!(
            "\nIn swap: {}, not a part of the resident memory.",
            megabytes(snapshot.swap)
        ));
    }
    if let Some(text) = limit(target) {
        line(&format!("\n{text}"));
    }
    text
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

fn runtime(target: &Target, module: &Module) -> String {
    let go = module.go.as_deref().unwrap_or("an unknown Go release");
    let layout = match module.layout {
        Some("stock") | None => String::new(),
        Some(layout) => format!(" on gosbrk, {layout}"),
    };
    let name =
        if target.modules.len() > 1 { format!(" in {}", module.name) } else { String::new() };
    format!("Will it come back? ({go}{layout}{name})")
}

fn outlook(reading: &Reading) -> String {
    let mut lines = outlook::lines(&reading.counters, &reading.goals);
    if !reading.steady {
        lines.push("The program changed its counters all the time while they were read.".into());
    }
    format!("  {}", lines.join("\n  "))
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
        limit.folder.display()
    ))
}
