//! A line of the screen: pieces of text, each in a style.

use crate::columns::{fitting, width};

/// How a piece looks. No style says anything that the text does not say too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Bold.
    pub bold: bool,
    /// Foreground and background exchanged.
    pub reverse: bool,
    /// One of the terminal's first eight colours.
    pub colour: Option<u8>,
}

/// As the terminal has it.
pub const NORMAL: Style = Style { bold: false, reverse: false, colour: None };
/// Stands out.
pub const BOLD: Style = Style { bold: true, ..NORMAL };
/// The line that the cursor is on, and bars at the edges.
pub const REVERSE: Style = Style { reverse: true, ..NORMAL };

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<(String, Style)>);

impl Line {
    /// A line of one piece.
    pub fn of(text: impl Into<String>, style: Style) -> Self {
        Self(vec![(text.into(), style)])
    }

    /// Adds a piece.
    pub fn push(&mut self, text: impl Into<String>, style: Style) {
        self.0.push((text.into(), style));
    }

    /// The text alone.
    #[cfg(test)]
    pub fn text(&self) -> String {
        self.0.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// Cut off at this many columns.
    pub fn cut(&mut self, mut left: usize) {
        for (text, _) in &mut self.0 {
            let (cut, width) = fitting(text, left);
            text.truncate(cut);
            left -= width;
        }
    }

    /// Filled with spaces up to this many columns, in the style of its last piece.
    pub fn fill(&mut self, columns: usize) {
        let width: usize = self.0.iter().map(|(text, _)| width(text)).sum();
        if let Some((last, _)) = self.0.last_mut() {
            last.extend(std::iter::repeat_n(' ', columns.saturating_sub(width)));
        }
    }
}

/// A text in lines of so many columns, broken at spaces where there are some. The lines after
/// the first begin with `indent` spaces.
pub fn wrap(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let indent = indent.min(columns / 2);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut room = columns;
    let mut rest = text;
    while !rest.is_empty() {
        // At least one character, or it would never end.
        let (fit, _) = fitting(rest, room);
        let fit = fit.max(rest.chars().next().map_or(0, char::len_utf8));
        let end = if fit == rest.len() {
            fit
        } else {
            // The break may be right behind what fits.
            let upto = &rest[..fit + usize::from(rest[fit..].starts_with(' '))];
            upto.trim_start().rfind(' ').map_or(fit, |_| upto.rfind(' ').unwrap_or(fit))
        };
        line.push_str(&rest[..end]);
        rest = rest[end..].trim_start();
        if !rest.is_empty() {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            room = columns - indent;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests;
