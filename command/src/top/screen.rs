//! The screen as lines: a heading, what is shown, and the keys.
//!
//! | module | what it owns |
//! |---|---|
//! | [`list`] | all programs |
//! | [`detail`] | one program, or one trace |
//! | [`help`] | the keys, and what the columns are |

mod detail;
mod help;
mod list;

use super::line::{Line, NORMAL, REVERSE};
use super::state::{State, View};
use std::time::Duration;

/// The screen: as many lines as it has, none of them longer than it is wide.
pub fn draw(state: &mut State) -> Vec<Line> {
    let (columns, rows) = state.size;
    let mut lines = vec![bar(&heading(state), columns)];
    let room = rows.saturating_sub(2);
    let body = match &state.one {
        _ if state.is_help => scrolled(help::lines(state, columns), &mut state.scroll, room),
        _ if state.view == View::All => list::lines(state, columns, room),
        Some(detail) => scrolled(detail::lines(detail, columns), &mut state.scroll, room),
        None => vec![Line::of("reading it ...", NORMAL)],
    };
    lines.extend(body);
    lines.resize(rows.saturating_sub(1), Line::default());
    lines.push(bar(&keys(state), columns));
    lines.truncate(rows);
    for line in &mut lines {
        line.cut(columns);
    }
    lines
}

fn bar(text: &str, columns: usize) -> Line {
    let mut line = Line::of(text, REVERSE);
    line.cut(columns);
    line.fill(columns);
    line
}

/// The part of a text that is shown. It is scrolled no further than to its end.
fn scrolled(mut lines: Vec<Line>, scroll: &mut usize, room: usize) -> Vec<Line> {
    *scroll = lines.len().saturating_sub(room).min(*scroll);
    lines.drain(..*scroll);
    lines.truncate(room);
    lines
}

fn heading(state: &State) -> String {
    let mut parts = vec!["gosbrk top".to_owned()];
    if state.is_paused {
        parts.push("PAUSED".into());
    }
    match (&state.view, &state.one, &state.list) {
        _ if state.is_help => parts.push("help".into()),
        (View::All, _, Some(list)) => {
            parts.push(format!("by {}", state.sort.name()));
            let count = list.entries.len();
            parts.push(format!("{count} Go program{}", if count == 1 { "" } else { "s" }));
        }
        (View::All, _, None) => parts.push("looking for Go programs".into()),
        (_, Some(detail), _) => {
            if detail.ended.is_some() {
                parts.push("ENDED".into());
            }
            parts.push(detail.title.clone());
        }
        (View::One(pid), None, _) => parts.push(pid.to_string()),
        (View::File, None, _) => {}
    }
    parts.join("  ")
}

/// The keys that matter here, the most important first.
fn keys(state: &State) -> String {
    let pause = if state.is_paused { "p go on" } else { "p pause" };
    let keys: &[&str] = match state.view {
        _ if state.is_help => &["Esc back", "q quit", "arrows scroll"],
        View::All => &["q quit", "? help", "Enter open", "s sort", pause],
        View::One(_) => &["q quit", "? help", "Esc back", pause, "arrows scroll"],
        View::File => &["q quit", "? help", pause, "arrows scroll"],
    };
    keys.join("  ")
}

/// `1.0 s`, or `350 ms`.
fn interval(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
pub mod tests;
