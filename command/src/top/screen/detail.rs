//! One program, or one trace.

use super::interval;
use crate::top::detail::{Detail, Recorded};
use crate::top::entry::{change, size};
use crate::top::line::{BOLD, Line, NORMAL, Style, wrap};
use crate::top::recording::{Growth, Growths};
use crate::top::seconds;
use gosbrk_look::model::{Moment, megabytes};

/// What stands for each row in the bar, and its colour: the rows that are parts of the whole.
const PARTS: [(char, u8); 8] =
    [('#', 2), ('+', 3), ('o', 6), ('s', 5), ('t', 4), ('l', 7), ('x', 1), ('f', 7)];

/// Below this many columns rows have their short names.
const NARROW: usize = 60;

/// All there is to show, at any length.
pub fn lines(detail: &Detail, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |text: &str, indent: usize, style: Style| {
        lines.extend(wrap(text, columns, indent).into_iter().map(|line| Line::of(line, style)));
    };
    if let Some(why) = &detail.ended {
        add(&format!("Nothing more comes: {why}."), 2, BOLD);
    }
    add(&detail.sentence, 0, BOLD);
    lines.push(Line::default());
    lines.push(bar(&detail.moment, columns));
    lines.extend(rows(detail, columns));
    lines.push(Line::default());
    lines.extend(growths(&detail.growths, columns));
    lines.push(Line::default());
    for note in &detail.notes {
        let indent = note.len() - note.trim_start().len() + 2;
        lines.extend(wrap(note, columns, indent).into_iter().map(|it| Line::of(it, NORMAL)));
    }
    lines
}

/// The parts beside each other, each with its own sign.
fn bar(moment: &Moment, columns: usize) -> Line {
    let rows = moment.rows();
    let sizes: Vec<u64> = rows[..8].iter().map(|(_, size)| *size.as_ref().unwrap_or(&0)).collect();
    let sum = sizes.iter().fold(0, |sum: u64, size| sum.saturating_add(*size));
    // What is resident, and in no row that is known.
    let rest = moment.rss.as_ref().map_or(0, |rss| rss.saturating_sub(sum));
    let full = u128::from(sum.saturating_add(rest)).max(1);
    let mut line = Line::default();
    let (mut upto, mut done) = (0_u128, 0_usize);
    let parts = sizes.iter().zip(PARTS).map(|(size, part)| (*size, part));
    for (size, (sign, colour)) in parts.chain([(rest, ('?', 7))]) {
        upto += u128::from(size);
        let end = usize::try_from((upto * columns as u128 + full / 2) / full).unwrap_or(columns);
        let text: String = std::iter::repeat_n(sign, end - done).collect();
        line.push(text, Style { colour: Some(colour), ..NORMAL });
        done = end;
    }
    line
}

fn rows(detail: &Detail, columns: usize) -> Vec<Line> {
    let largest = detail.moment.largest().map(|(row, _)| row.key);
    let is_narrow = columns < NARROW;
    let mut lines = Vec::new();
    for (at, (row, known)) in detail.moment.rows().into_iter().enumerate() {
        if row.key == "layer" && !detail.has_layer {
            continue;
        }
        let part = PARTS.get(at);
        let is_taken_off = row.key == "untouched";
        let style = if Some(row.key) == largest { BOLD } else { NORMAL };
        let mut line = Line::default();
        let (sign, colour) = part.map_or((' ', None), |(sign, colour)| (*sign, Some(*colour)));
        line.push(sign, Style { colour, ..style });
        let size = match known {
            Ok(size) if *size > 0 && is_taken_off => format!("-{}", megabytes(*size)),
            known => size(known),
        };
        let change = change(detail.change.as_ref(), |change| {
            change.rows[at].map(|bytes| if is_taken_off { -bytes } else { bytes })
        });
        let name = if is_narrow { row.key } else { row.name };
        line.push(format!("{size:>12} {change:>12}  {name}"), style);
        lines.push(line);
        if let Err(why) = known {
            let text = format!("{:28}{why}", "");
            lines.extend(wrap(&text, columns, 28).into_iter().map(|it| Line::of(it, NORMAL)));
        }
    }
    let over = detail.change.map_or_else(
        || "the second column: the change, from the next look on".to_owned(),
        |change| format!("the second column: the change over the last {}", interval(change.over)),
    );
    lines.extend(wrap(&over, columns, 0).into_iter().map(|line| Line::of(line, NORMAL)));
    lines
}

fn growths(recorded: &Recorded, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |text: String, style: Style| {
        lines.extend(wrap(&text, columns, 4).into_iter().map(|line| Line::of(line, style)));
    };
    match recorded {
        Recorded::No => add(
            "Who makes the heap grow is not known: this program is not being recorded (gosbrk trace record).".into(),
            NORMAL,
        ),
        Recorded::Reading(name) => add(format!("Who makes the heap grow: reading {name} ..."), NORMAL),
        Recorded::Failed(name, error) => {
            add(format!("Who makes the heap grow is not known any more: {name}: {error}"), NORMAL);
        }
        Recorded::Yes(name, growths) => {
            add(format!("Who made the heap grow, from {name}:"), BOLD);
            if growths.count == 0 {
                add("  nobody yet".into(), NORMAL);
            }
            for group in &growths.largest {
                let times =
                    if group.count == 1 { "once".into() } else { format!("{} times", group.count) };
                let size = megabytes(group.bytes);
                add(format!("  {size:>10} {times:>10}  {}", group.stack.sentence()), NORMAL);
            }
            newest(growths, &mut add);
        }
    }
    lines
}

fn newest(growths: &Growths, add: &mut impl FnMut(String, Style)) {
    let shown: usize = growths.newest.iter().map(|growth| growth.count).sum();
    if shown == 0 {
        return;
    }
    let more = growths.count - shown;
    let more = if more > 0 { format!(", {more} before them") } else { String::new() };
    add(format!("The last {shown} of them, the newest first{more}:"), BOLD);
    for Growth { count, ns, bytes, who, .. } in &growths.newest {
        let when = ns.map_or_else(|| "not known".into(), seconds);
        let times = if *count == 1 { String::new() } else { format!("  ({count} times)") };
        add(
            format!("  {when:>10} {:>10}  {who}{times}", format!("+{}", megabytes(*bytes))),
            NORMAL,
        );
    }
}
