//! A sheet that is written from top to bottom. What is on it is plain SVG 1.1: no script, no
//! style sheet, no font but the reader's own, and text as text.

use crate::axes::{DIM, MARGIN, SIZE};
use std::fmt::Write as _;

/// The colour of text.
pub const INK: &str = "#1b1f24";

/// Characters of the usual size that a line has room for, in a wide font too.
pub const LINE: usize = 100;

/// What is written so far.
#[derive(Default)]
pub struct Sheet {
    /// The elements.
    pub svg: String,
    /// Where the next one goes: the base line of text, or the top of something else.
    pub y: f64,
}

impl Sheet {
    /// Appends elements as they are.
    pub fn push(&mut self, elements: &str) {
        self.svg.push_str(elements);
    }

    /// Dim text at a place; `anchor` is `start` or `end`.
    pub fn put(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.svg,
            "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{DIM}\">{text}</text>"
        );
    }

    /// Text that ends at a place, upon a picture.
    pub fn label(&mut self, x: f64, y: f64, text: &str) {
        let text = escaped(text);
        // Not `paint-order`, which not every converter knows.
        for attributes in [
            &format!("stroke=\"#ffffff\" stroke-width=\"3\" fill=\"{INK}\""),
            &format!("fill=\"{INK}\""),
        ] {
            let hidden =
                if attributes.starts_with("stroke") { " aria-hidden=\"true\"" } else { "" };
            let _ = writeln!(
                self.svg,
                "<text x=\"{x}\" y=\"{y:.1}\" font-size=\"10\" text-anchor=\"end\" {attributes}{hidden}>{text}</text>"
            );
        }
    }

    /// A line of text, of this size.
    pub fn line(&mut self, size: u32, weight: &str, text: &str) {
        let (y, text) = (self.y, escaped(text));
        let left = SIDE;
        let _ = writeln!(
            self.svg,
            "<text x=\"{left}\" y=\"{y:.1}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{INK}\">{text}</text>"
        );
        self.y += f64::from(size) * 1.4;
    }

    /// Text in as many lines as it needs.
    pub fn paragraph(&mut self, text: &str) {
        for line in lines(text, LINE) {
            self.line(12, "normal", &line);
        }
    }

    /// A heading, with room above it.
    pub fn heading(&mut self, text: &str) {
        self.y += 18.0;
        self.line(13, "bold", text);
    }

    /// A square of a colour before text in the current line.
    pub fn swatch(&mut self, x: f64, fill: &str) {
        let y = self.y - 9.0;
        let _ = writeln!(
            self.svg,
            "<rect x=\"{x}\" y=\"{y:.1}\" width=\"10\" height=\"10\" fill=\"{fill}\" stroke=\"{DIM}\" stroke-width=\"0.5\"/>"
        );
    }

    /// The file.
    pub fn finish(self, title: &str, description: &str, definitions: &str) -> String {
        let (width, height) = (SIZE.0, (self.y + MARGIN.1).ceil());
        let (title, description) = (escaped(title), escaped(description));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" version=\"1.1\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\" \
             role=\"img\" aria-labelledby=\"gosbrk-title gosbrk-desc\">\n\
             <title id=\"gosbrk-title\">{title}</title>\n<desc id=\"gosbrk-desc\">{description}</desc>\n\
             <defs>\n{definitions}</defs>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            self.svg
        )
    }
}

/// The border of text on the left.
pub const SIDE: f64 = 12.0;

/// Text as XML has it. What may not be in a file at all, not even by its number, becomes the
/// character that stands for others.
pub fn escaped(text: &str) -> String {
    let is_allowed = |one: char| {
        !(one.is_control() || matches!(one, '\u{fffe}' | '\u{ffff}')) || "\t\n\r".contains(one)
    };
    let text: String =
        text.chars().map(|one| if is_allowed(one) { one } else { '\u{fffd}' }).collect();
    crate::html::escaped(&text)
}

/// Text cut to so many characters, the last of which says so.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Text in lines of at most so many characters, broken between words where it can be.
fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = cut(word, most);
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(lines("a bc def ghij", 6), ["a bc", "def", "ghij"]);
        assert_eq!(lines("a verylongword b", 5), ["a", "very…", "b"]);
        assert_eq!(cut("öäü", 3), "öäü");
        assert_eq!(cut("öäüß", 3), "öä…");
    }

    #[test]
    fn what_xml_cannot_have_is_replaced() {
        assert_eq!(escaped("a\u{1}<b>&\u{7f}\u{ffff}"), "a\u{fffd}&lt;b&gt;&amp;\u{fffd}\u{fffd}");
    }
}
