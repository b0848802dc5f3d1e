//! The rows of a moment, for people.

use gosbrk_look::model::{Known, Moment, Row, megabytes};
use std::fmt::Write as _;

/// How wide a bar is.
const BAR: usize = 20;

/// What stands before the lines below a row.
pub const INDENT: usize = BAR + 18;

/// What a row's advice begins with where the parts are not listed.
const PARTS: &str = "gosbrk look lists its parts; ";

/// The rows, with that of the layer where the program has one, and with `below` behind the
/// row of what is not the runtime's: whole lines.
pub fn rows(moment: &Moment, has_layer: bool, below: &str) -> String {
    let full = moment.largest().map_or(0, |(_, size)| size).max(*moment.rss.as_ref().unwrap_or(&0));
    let mut text = String::new();
    for (row, known) in moment.rows() {
        if row.key == "layer" && !has_layer {
            continue;
        }
        text.push_str(&one(row, known, full, !below.is_empty()));
        if row.key == "other" && known.as_ref().is_ok_and(|size| *size >= 50_000) {
            text.push_str(below);
        }
    }
    text
}

/// One line for a moment that is one of many.
pub fn short(moment: &Moment, has_layer: bool) -> String {
    let rows = moment.rows();
    let order = rows[9..].iter().chain(&rows[..9]);
    let parts = order.filter(|(row, _)| has_layer || row.key != "layer").map(|(row, known)| {
        let size = known.as_ref().map_or_else(|_| "not known".into(), |size| megabytes(*size));
        format!("{} {size}", row.key)
    });
    parts.collect::<Vec<_>>().join("  ")
}

fn one(row: &Row, known: &Known, full: u64, has_parts: bool) -> String {
    let indent = " ".repeat(INDENT);
    match known {
        Ok(size) => {
            let bar = bar(*size, full, if row.key == "untouched" { '-' } else { '#' });
            let sign = if row.key == "untouched" && *size > 0 { "-" } else { "" };
            let mut text = format!(
                "{bar:BAR$}  {:>12}    {} ({})\n",
                format!("{sign}{}", megabytes(*size)),
                row.name,
                row.go
            );
            let _ = writeln!(text, "{indent}{}", row.definition);
            // Where it matters, what to do.
            if size * 10 >= full && !row.action.is_empty() && row.key != "untouched" {
                let short = row.action.strip_prefix(PARTS).filter(|_| has_parts);
                let _ = writeln!(text, "{indent}> {}", short.unwrap_or(row.action));
            }
            text
        }
        Err(reason) => {
            format!(
                "{:BAR$}  {:>12}    {} ({})\n{indent}{reason}\n",
                "", "not known", row.name, row.go
            )
        }
    }
}

/// A bar of its share, to the nearest character.
fn bar(size: u64, full: u64, of: char) -> String {
    let (size, full) = (u128::from(size), u128::from(full.max(1)));
    let width = (size * BAR as u128 + full / 2) / full;
    std::iter::repeat_n(of, usize::try_from(width).unwrap_or(BAR).min(BAR)).collect()
}

#[cfg(test)]
mod tests {
    use super::rows;
    use gosbrk_look::model::{Kind, Moment};

    #[test]
    fn the_advice_to_list_the_parts_is_left_out_below_them() {
        let none = || Ok(0);
        let moment = Moment {
            kind: Kind::Process,
            held: none(),
            gaps: none(),
            kept: none(),
            stacks: none(),
            tables: none(),
            layer: none(),
            other: Ok(1 << 30),
            file: none(),
            untouched: none(),
            rss: Ok(1 << 30),
        };
        let without = rows(&moment, false, "");
        assert!(without.contains("> gosbrk look lists its parts; /proc/"), "{without}");
        let with = rows(&moment, false, "= C 1 MB\n");
        assert!(with.contains("> /proc/PID/smaps has each mapping."), "{with}");
        assert!(!with.contains("gosbrk look lists"), "{with}");
    }
}
