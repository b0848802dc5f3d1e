//! The summary for people.

use crate::rows;
use gosbrk_look::model::{Kind, megabytes};
use gosbrk_trace::file::{End, Trace};
use gosbrk_trace::format::header::Layout;
use gosbrk_trace::stat::{Moment, Stat, Waste};
use std::fmt::Write as _;
use std::path::Path;

/// Most groups of growths, and names of the address space, that are shown.
const SHOWN: usize = 10;

/// All there is to say.
pub fn page(file: &Path, trace: &Trace, stat: &Stat) -> String {
    let mut text = heading(file, trace);
    let is_at_end = |moment: &Moment| *moment == stat.end;
    let peak = stat.peak.as_ref();
    if let Some(peak) = peak.filter(|peak| !is_at_end(peak)) {
        moment(&mut text, trace, peak, highest(trace));
    }
    if let Some(at) = &stat.at {
        moment(&mut text, trace, at, "the moment that was asked for");
    }
    let end = if peak.is_some_and(is_at_end) {
        format!("{}, which is also the end of the trace", highest(trace))
    } else {
        "the end of the trace".into()
    };
    moment(&mut text, trace, &stat.end, &end);
    growths(&mut text, stat);
    if trace.header.layout != Layout::Samples {
        let _ = writeln!(text, "\n{}:", took(trace.header.layout));
        address_space(&mut text, stat);
    }
    if trace.header.layout == Layout::WebAssembly {
        lost(&mut text, &stat.waste);
    }
    text
}

fn heading(file: &Path, trace: &Trace) -> String {
    let header = &trace.header;
    let go = if header.go.is_empty() { "" } else { header.go.as_str() };
    let kind = match header.layout {
        Layout::Library => "a program on the C library".to_owned(),
        Layout::Samples => format!("samples of a program that was looked at, {go}"),
        Layout::WebAssembly => format!("{go}, WebAssembly"),
        layout => format!("{go}, {}", layout.name()),
    };
    let end = match trace.end {
        End::Exited => "to its exit",
        End::Replaced => "until it forked or ran another program",
        End::Open => "as far as it goes: nothing says that it has ended",
        End::Damaged(_) | End::DiskFull | End::Refused(_) => "its beginning",
    };
    let what = if header.layout == Layout::Samples { "samples" } else { "calls" };
    let mut text = format!(
        "{}: {} ({kind}){}, {} {what}, {end}\n",
        file.display(),
        header.command.join(" "),
        if header.pid > 0 { format!(", process {}", header.pid) } else { String::new() },
        trace.calls
    );
    if trace.lost > 0 {
        let _ = writeln!(text, "{} calls are missing from it.", trace.lost);
    }
    text
}

fn moment(text: &mut String, trace: &Trace, moment: &Moment, what: &str) {
    let kind = trace.header.layout.kind();
    let shown = moment.figures.moment(kind);
    let when = moment.ns.map_or_else(|| "then".into(), seconds);
    let _ = writeln!(text, "\n{}", shown.sentence(&format!("At {when} the {}", kind.subject())));
    let call =
        moment.call.map_or_else(|| "before the first call".into(), |call| format!("#{call}"));
    let mut notes = vec![call];
    if let Some((count, _)) = moment.cycles {
        notes.push(format!("{count} collections"));
    }
    // A module's memory is written whenever it changes.
    let rss = moment.rss_ns.filter(|rss| {
        kind == Kind::Process && moment.ns.is_some_and(|ns| ns.abs_diff(*rss) >= 10_000_000)
    });
    if let Some(rss) = rss {
        notes.push(format!("resident memory measured at {}", seconds(rss)));
    }
    let _ = writeln!(text, "({what}: {})\n", notes.join(", "));
    text.push_str(&rows::rows(&shown, trace.header.layout != Layout::Samples, ""));
}

fn growths(text: &mut String, stat: &Stat) {
    let groups = stat.growths.groups();
    if groups.is_empty() {
        return;
    }
    text.push_str("\nWho made the heap grow:\n");
    for group in groups.iter().take(SHOWN) {
        let times = if group.count == 1 { "once".into() } else { format!("{} times", group.count) };
        let size = megabytes(group.bytes);
        let _ = writeln!(text, "{size:>12}  {times:>10}  {}", group.stack.line());
    }
    rest(text, groups[groups.len().min(SHOWN)..].iter().map(|group| group.bytes));
}

/// Whose address space the trace knows.
const fn took(layout: Layout) -> &'static str {
    match layout {
        Layout::Library => {
            "Address space that was taken from gosbrk, by what it is for (nothing else of the process is in it)"
        }
        Layout::WebAssembly => {
            "Memory that the runtime took, by what it is for (the module's own data is not in it)"
        }
        _ => {
            "Address space that the runtime took, by what it is for (the program file, C and libraries are not in it)"
        }
    }
}

fn address_space(text: &mut String, stat: &Stat) {
    let mut names: Vec<_> = stat.address_space.iter().collect();
    names.sort_by_key(|(name, size)| (std::cmp::Reverse(**size), *name));
    for (name, size) in names.iter().take(SHOWN) {
        let _ = writeln!(text, "{:>12}  {name}", megabytes(**size));
    }
    rest(text, names[names.len().min(SHOWN)..].iter().map(|(_, size)| **size));
    let waste = &stat.waste;
    if let (Some(slack), Some(list), Some(tail)) = (waste.slack, waste.free_list, waste.tail) {
        let _ = writeln!(
            text,
            "{:>12}  free: {} on the layer's free list, {} behind the break\n\
             Rounding up to whole pages takes {} of these.",
            megabytes(list.saturating_add(tail)),
            megabytes(list),
            megabytes(tail),
            megabytes(slack)
        );
    }
}

/// What a module that never shrinks has lost for good.
fn lost(text: &mut String, waste: &Waste) {
    let (Some(high), Some(most), Some(data)) = (waste.high_water, waste.most_used, waste.data)
    else {
        return;
    };
    let _ = writeln!(
        text,
        "\nLost for good: {}. The module reached {}; at most {} were in use at once, {} of data and {} handed out.",
        megabytes(waste.lost().unwrap_or(0)),
        megabytes(high),
        megabytes(most.saturating_add(data)),
        megabytes(data),
        megabytes(most)
    );
    let parts = [
        (waste.skipped, "skipped to align, all of it together; some may have been used later"),
        (waste.free_list, "on the layer's free list at the end"),
        (waste.tail, "behind the break at the end, or there at first and never used"),
        (waste.slack, "rounding up to whole pages; it counts as handed out"),
    ];
    for (size, what) in parts {
        if let Some(size) = size {
            let _ = writeln!(text, "{:>12}  {what}", megabytes(size));
        }
    }
}

/// What the peak is the peak of.
fn highest(trace: &Trace) -> &'static str {
    match trace.header.layout.kind() {
        Kind::Process => "the highest resident memory",
        Kind::Module => "when its memory had grown to this",
    }
}

fn rest(text: &mut String, rest: impl ExactSizeIterator<Item = u64>) {
    let count = rest.len();
    if count > 0 {
        let sum = rest.fold(0, |sum: u64, size| sum.saturating_add(size));
        let _ = writeln!(text, "{:>12}  and {count} more", megabytes(sum));
    }
}

fn seconds(ns: u64) -> String {
    format!("{}.{} s", ns / 1_000_000_000, ns / 100_000_000 % 10)
}
