//! How many columns of a terminal a text takes.

use unicode_width::UnicodeWidthChar;

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// How many bytes of a text fit into so many columns, and how many columns these take.
pub fn fitting(text: &str, columns: usize) -> (usize, usize) {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        let width = c.width().unwrap_or(0);
        if taken + width > columns {
            return (at, taken);
        }
        taken += width;
    }
    (text.len(), taken)
}
