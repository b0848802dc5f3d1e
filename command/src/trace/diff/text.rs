//! A difference for people.

use super::Asked;
use gosbrk_look::model::{ROWS, megabytes, signed};
use gosbrk_trace::diff::{Diff, Row, When};
use std::fmt::Write as _;

/// Most stacks and names that are shown.
const SHOWN: usize = 10;

/// All there is to say.
pub fn page(a: &Asked, b: &Asked, diff: &Diff) -> String {
    let mut text = format!("A: {}\nB: {}\n\n{}\n\n", name(a), name(b), sentence(diff));
    let _ = writeln!(text, "{:>14} {:>14} {:>14}", "A", "B", "difference");
    for row in &diff.rows {
        rows(&mut text, row);
    }
    let growths = diff.growths.iter().map(|(stack, a, b)| {
        let times = format!("{} and {} times", a.count, b.count);
        (a.bytes, b.bytes, format!("{} ({times})", stack.line()))
    });
    list(&mut text, "Who made the heap grow, up to then:", &growths.collect::<Vec<_>>());
    let space = diff.space.iter().map(|(name, a, b)| (*a, *b, name.clone()));
    list(
        &mut text,
        "Address space that the runtime took, by what it is for:",
        &space.collect::<Vec<_>>(),
    );
    text
}

/// The file of a side, and its moment.
pub fn name(side: &Asked) -> String {
    let moment = &side.side.moment;
    let what = match side.when {
        When::Peak if side.side.stat.peak.is_some() => "at its highest resident memory",
        When::Peak => "at the end: resident memory was never measured",
        When::End => "at its end",
        When::At(_) => "at the moment that was asked for",
    };
    let mut text = format!("{} {what}", side.file.display());
    let time = moment.ns.map(|ns| format!("{}.{:03} s", ns / 1_000_000_000, ns / 1_000_000 % 1000));
    let call = moment.call.map(|call| format!("#{call}"));
    let when: Vec<_> = time.into_iter().chain(call).collect();
    let _ = write!(text, " ({})", when.join(", "));
    text
}

fn sentence(diff: &Diff) -> String {
    let rss = diff.rows.iter().find(|row| ROWS[row.row].key == "rss");
    let Some((change, row)) = rss.and_then(|row| Some((row.change()?, row))) else {
        return "How much more or less memory B takes is not known.".into();
    };
    let size = |change: i128| megabytes(u64::try_from(change.unsigned_abs()).unwrap_or(u64::MAX));
    let takes = match change {
        0 => "B takes as much memory as A.".to_owned(),
        _ => format!(
            "B takes {} {} memory than A ({}).",
            size(change),
            if change > 0 { "more" } else { "less" },
            percent(row.a.unwrap_or(0), change)
        ),
    };
    let largest = diff.rows.iter().find(|row| ROWS[row.row].key != "rss");
    match largest.and_then(|row| Some((row, row.change()?))) {
        Some((row, part)) if part != 0 => {
            format!("{takes} The largest change, {}, is in: {}.", signed(part), ROWS[row.row].name)
        }
        _ => takes,
    }
}

fn rows(text: &mut String, row: &Row) {
    let shown = |figure: gosbrk_trace::figures::Figure| match figure {
        Ok(size) => {
            let sign = if row.is_taken_off() && size > 0 { "-" } else { "" };
            format!("{sign}{}", megabytes(size))
        }
        Err(_) => "not known".into(),
    };
    let change = row.change();
    let _ = writeln!(
        text,
        "{:>14} {:>14} {:>14} {:>9}  {}",
        shown(row.a),
        shown(row.b),
        change.map_or_else(|| "not known".into(), signed),
        change.map_or_else(String::new, |change| {
            // Of what is taken off, the share of what it was.
            let change = if row.is_taken_off() { -change } else { change };
            percent(row.a.unwrap_or(0), change)
        }),
        ROWS[row.row].name
    );
    for (side, figure) in [("A", row.a), ("B", row.b)] {
        if let Err(why) = figure {
            let _ = writeln!(text, "{:54}  {side}: {}", "", why.text());
        }
    }
}

/// What changed, with how much is left out.
fn list(text: &mut String, heading: &str, all: &[(u64, u64, String)]) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{heading}");
    let changed: Vec<_> = all.iter().filter(|(a, b, _)| a != b).collect();
    for (a, b, name) in changed.iter().take(SHOWN) {
        let change = i128::from(*b) - i128::from(*a);
        let _ = writeln!(
            text,
            "{:>14} {:>14} {:>14} {:>9}  {name}",
            megabytes(*a),
            megabytes(*b),
            signed(change),
            percent(*a, change)
        );
    }
    let more = changed.len().saturating_sub(SHOWN);
    let same = all.len() - changed.len();
    let notes = [(more, "more have changed"), (same, "are the same in both")];
    for (count, what) in notes.iter().filter(|(count, _)| *count > 0) {
        let _ = writeln!(text, "{:54}  {count} {what}", "");
    }
}

/// A change as a share of what it was; above 1,000 % how many times as much it is now, and
/// nothing where it was 0.
fn percent(from: u64, change: i128) -> String {
    if from == 0 || change == 0 {
        return String::new();
    }
    let tenths = (change.unsigned_abs() * 1000 + u128::from(from) / 2) / u128::from(from);
    if tenths >= 10_000 {
        return format!("x {}", (tenths + 1005) / 1000);
    }
    let sign = if change > 0 { '+' } else { '-' };
    format!("{sign}{}.{} %", tenths / 10, tenths % 10)
}
