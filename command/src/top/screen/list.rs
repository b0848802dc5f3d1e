//! All programs, one a line.

use super::interval;
use crate::columns::width;
use crate::top::entry::{Entry, size};
use crate::top::line::{BOLD, Line, NORMAL, REVERSE, wrap};
use crate::top::order::Sort;
use crate::top::state::State;
use crate::top::worker::List;

/// The least columns for the command line.
const COMMAND: usize = 10;

/// A column: its heading, what is in it, and what one sorts by to have it.
struct Column {
    name: &'static str,
    cell: fn(&Entry) -> String,
    sort: Option<Sort>,
    is_left: bool,
}

const fn figure(name: &'static str, cell: fn(&Entry) -> String, sort: Sort) -> Column {
    Column { name, cell, sort: Some(sort), is_left: false }
}

/// In the order in which they stand; the command line is behind them.
const COLUMNS: [Column; 7] = [
    figure("pid", |entry| entry.pid.to_string(), Sort::Pid),
    figure("RSS", |entry| size(&entry.moment.rss), Sort::Rss),
    figure("change", Entry::change, Sort::Change),
    figure("held", |entry| size(&entry.moment.held), Sort::Held),
    figure("kept free", |entry| size(&entry.moment.kept), Sort::Kept),
    Column {
        name: "Go",
        cell: |entry| entry.go.clone().unwrap_or_else(|| "not known".into()),
        sort: None,
        is_left: true,
    },
    Column {
        name: "layout",
        cell: |entry| entry.layout.unwrap_or("not known").into(),
        sort: None,
        is_left: true,
    },
];

/// Which of them stay where there is no room for all, the most important first.
const IMPORTANT: [usize; 7] = [0, 1, 2, 4, 3, 5, 6];

/// The list, in so many lines.
pub fn lines(state: &State, columns: usize, rows: usize) -> Vec<Line> {
    let Some(list) = &state.list else { return Vec::new() };
    let below = below(state, list, columns);
    let room = rows.saturating_sub(1 + below.len()).max(1);
    let at = state.at().unwrap_or(0);
    // The cursor stays on the screen, in the middle where it can.
    let most = list.entries.len().saturating_sub(room);
    let first = at.saturating_sub(room / 2).min(most);
    let shown = chosen(list, state.sort, columns);
    let mut heading = Line::of(" ", NORMAL);
    for (column, width) in &shown {
        let style = if column.sort == Some(state.sort) { BOLD } else { NORMAL };
        heading.push(padded(column.name, *width, column.is_left), style);
        heading.push(" ", NORMAL);
    }
    heading.push("command", NORMAL);
    let mut lines = vec![heading];
    for (i, entry) in list.entries.iter().enumerate().skip(first).take(room) {
        let is_here = i == at;
        let mut text = if is_here { ">" } else { " " }.to_owned();
        for (column, width) in &shown {
            text += &padded(&(column.cell)(entry), *width, column.is_left);
            text.push(' ');
        }
        text += &entry.command;
        let mut line = Line::of(text, if is_here { REVERSE } else { NORMAL });
        line.cut(columns);
        line.fill(if is_here { columns } else { 0 });
        lines.push(line);
    }
    if list.entries.is_empty() {
        lines.push(Line::of("No Go program that can be read is running.", NORMAL));
    }
    lines.resize(rows.saturating_sub(below.len()), Line::default());
    lines.extend(below);
    lines
}

/// The columns that there is room for, with their widths.
fn chosen(list: &List, sort: Sort, columns: usize) -> Vec<(&'static Column, usize)> {
    let width = |column: &Column| {
        let cells = list.entries.iter().map(|entry| width(&(column.cell)(entry)));
        // Wide enough for what comes next.
        let least = if column.sort.is_some_and(|sort| sort != Sort::Pid) { 10 } else { 6 };
        cells.max().unwrap_or(0).max(least).max(width(column.name))
    };
    let sorted = COLUMNS.iter().position(|column| column.sort == Some(sort));
    let order = [0].into_iter().chain(sorted).chain(IMPORTANT);
    let mut taken = [None; COLUMNS.len()];
    let mut left = columns.saturating_sub(1 + COMMAND);
    for at in order {
        let width = width(&COLUMNS[at]);
        if taken[at].is_some() {
            continue;
        }
        // Nothing less important takes the place.
        if width >= left {
            break;
        }
        taken[at] = Some(width);
        left -= width + 1;
    }
    COLUMNS.iter().zip(taken).filter_map(|(column, width)| Some((column, width?))).collect()
}

fn padded(text: &str, columns: usize, is_left: bool) -> String {
    let spaces = " ".repeat(columns.saturating_sub(width(text)));
    if is_left { format!("{text}{spaces}") } else { format!("{spaces}{text}") }
}

/// What is said below the list.
fn below(state: &State, list: &List, columns: usize) -> Vec<Line> {
    let mut texts = Vec::new();
    texts.extend(state.message.clone());
    let over = list.entries.iter().filter_map(|entry| Some(entry.change?.over)).max();
    texts.push(over.map_or_else(String::new, |over| {
        format!("change: of RSS, over the last {}", interval(over))
    }));
    let refused: usize = list.refused.iter().map(|(count, ..)| count).sum();
    if refused > 0 {
        let who = if refused == 1 { "process" } else { "processes" };
        texts.push(format!("{refused} {who} may not be read: ? says why"));
    }
    let lines = texts.iter().flat_map(|text| wrap(text, columns, 2));
    lines.map(|text| Line::of(text, NORMAL)).collect()
}
