//! The keys, what the columns are, and why some processes may not be read.

use crate::top::line::{BOLD, Line, NORMAL, wrap};
use crate::top::state::State;
use gosbrk_look::model::ROWS;

const KEYS: [(&str, &str); 9] = [
    ("up down", "the program above or below; scrolls a page of text (also k j)"),
    ("PgUp PgDn", "a screen up or down"),
    ("Home End", "to the first or the last (also g G)"),
    ("Enter", "opens the program: its memory, and what makes it grow"),
    ("Esc", "back to the list"),
    ("s", "sorts by RSS, held, kept free, change, pid"),
    ("p", "pauses: nothing is read until it is pressed again"),
    ("?", "this help (also h)"),
    ("q", "quits (also Ctrl-C)"),
];

/// The help.
pub fn lines(state: &State, columns: usize) -> Vec<Line> {
    let mut lines = vec![Line::of("Keys", BOLD)];
    let mut add = |text: String, indent: usize| {
        lines.extend(wrap(&text, columns, indent).into_iter().map(|line| Line::of(line, NORMAL)));
    };
    for (key, what) in KEYS {
        add(format!("  {key:10}{what}"), 12);
    }
    let refused = state.list.as_ref().map(|list| list.refused.as_slice()).unwrap_or_default();
    for (count, reason, hint) in refused {
        add(String::new(), 0);
        let who = if *count == 1 { "1 process is" } else { "processes are" };
        let who = if *count == 1 { who.to_owned() } else { format!("{count} {who}") };
        add(format!("{who} not readable, so whether Go is in there is not known: {reason}"), 2);
        add(format!("  hint: {hint}"), 4);
    }
    add(String::new(), 0);
    for row in &ROWS {
        add(format!("  {:10}{}: {}", row.key, row.name, row.definition), 12);
    }
    add(String::new(), 0);
    add("gosbrk look PID prints the same figures once, with the map of the heap.".into(), 0);
    lines
}
