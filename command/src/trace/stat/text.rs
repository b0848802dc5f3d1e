//! The summary for people.

use crate::rows;
use gosbrk_look::model::megabytes;
use gosbrk_trace::file::{End, Trace};
use gosbrk_trace::format::header::Layout;
use gosbrk_trace::stat::{Moment, Stat};
use std::fmt::Write as _;
use std::path::Path;

/// Most groups of growths, and names of the address space, that are shown.
const SHOWN: usize = 10;

/// All there is to say.
pub fn page(file: &Path, trace: &Trace, stat: &Stat) -> String {
    let mut text = heading(file, trace);
    if let Some(peak) = &stat.peak {
        moment(&mut text, trace, peak, "the highest resident memory");
    }
    if let Some(at) = &stat.at {
        moment(&mut text, trace, at, "the moment that was asked for");
    }
    moment(&mut text, trace, &stat.end, "the end of the trace");
    growths(&mut text, stat);
    if trace.header.layout != Layout::Samples {
        address_space(&mut text, stat);
    }
    text
}

fn heading(file: &Path, trace: &Trace) -> String {
    let header = &trace.header;
    let go = if header.go.is_empty() { "" } else { header.go.as_str() };
    let kind = match header.layout {
        Layout::Library => "a program on the C library".to_owned(),
        Layout::Samples => format!("samples of a program that was looked at, {go}"),
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
        "{}: {} ({kind}), process {}, {} {what}, {end}\n",
        file.display(),
        header.command.join(" "),
        header.pid,
        trace.calls
    );
    if trace.lost > 0 {
        let _ = writeln!(text, "{} calls are missing from it.", trace.lost);
    }
    text
}

fn moment(text: &mut String, trace: &Trace, moment: &Moment, what: &str) {
    let shown = moment.figures.moment();
    let when = moment.ns.map_or_else(|| "then".into(), seconds);
    let _ = writeln!(text, "\n{}", shown.sentence(&format!("At {when} the program")));
    let call =
        moment.call.map_or_else(|| "before the first call".into(), |call| format!("#{call}"));
    let mut notes = vec![call];
    if let Some((count, _)) = moment.cycles {
        notes.push(format!("{count} collections"));
    }
    let rss =
        moment.rss_ns.filter(|rss| moment.ns.is_some_and(|ns| ns.abs_diff(*rss) >= 10_000_000));
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

fn address_space(text: &mut String, stat: &Stat) {
    let mut names: Vec<_> = stat.address_space.iter().collect();
    names.sort_by_key(|(name, size)| (std::cmp::Reverse(**size), *name));
    text.push_str("\nThe address space, by what it is for:\n");
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
