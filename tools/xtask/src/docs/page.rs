//! A page of Markdown, as far as the checks want to know it.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What a page has.
#[derive(Default)]
pub struct Page {
    /// The headings, as links name them.
    pub headings: Vec<String>,
    /// Where its links and pictures lead, but for addresses on the net.
    pub links: Vec<String>,
    /// What stands behind the opening marks of its code blocks.
    pub fences: Vec<String>,
    /// Its code spans, and the lines of its code blocks.
    pub code: Vec<String>,
    /// Its parts, from the top down.
    pub parts: Vec<Part>,
    /// The code block that is being read.
    block: Option<String>,
}

/// A part of a page. Paragraphs, lists and code blocks are [`Part::Text`].
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Heading,
    Table {
        /// Whether a column is aligned to the right, or a cell is a number like 12,345.
        figures: bool,
        /// The text of its heading.
        title: String,
        code: Vec<String>,
    },
    Text {
        /// How it begins, code spans included.
        text: String,
        code: Vec<String>,
    },
}

impl Page {
    pub fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut depth = 0;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match &event {
                Event::Start(tag) => {
                    if depth == 0 {
                        page.begin(tag);
                    }
                    depth += 1;
                    page.enter(tag);
                }
                Event::End(end) => {
                    depth -= 1;
                    page.leave(*end);
                }
                Event::Text(text) => page.text(text),
                Event::Code(code) => {
                    page.text(code);
                    page.keep(code);
                }
                // `<img src="…">` and `<source srcset="…">`.
                Event::Html(html) | Event::InlineHtml(html) => {
                    for start in ["src=\"", "srcset=\""] {
                        let values = html.split(start).skip(1);
                        page.links.extend(values.filter_map(|v| Some(v.split_once('"')?.0.into())));
                    }
                }
                _ => (),
            }
        }
        page.links.retain(|link| !link.contains("://"));
        page.headings = page.headings.iter().map(|heading| anchor(heading)).collect();
        page
    }

    /// A part of the page begins.
    fn begin(&mut self, tag: &Tag) {
        self.parts.push(match tag {
            Tag::Heading { .. } => Part::Heading,
            Tag::Table(columns) => Part::Table {
                figures: columns.contains(&Alignment::Right),
                title: String::new(),
                code: Vec::new(),
            },
            _ => Part::Text { text: String::new(), code: Vec::new() },
        });
    }

    fn enter(&mut self, tag: &Tag) {
        match tag {
            Tag::Heading { .. } => self.headings.push(String::new()),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push(dest_url.to_string());
            }
            Tag::CodeBlock(kind) => {
                self.block = Some(String::new());
                self.fences.push(match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                });
            }
            _ => (),
        }
    }

    fn leave(&mut self, end: TagEnd) {
        if let (TagEnd::TableCell, Some(Part::Table { title, .. })) = (end, self.parts.last_mut()) {
            title.push(' ');
        }
        if end == TagEnd::CodeBlock {
            let block = self.block.take().unwrap_or_default();
            for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
                self.keep(line);
            }
        }
    }

    fn text(&mut self, new: &str) {
        if let Some(block) = &mut self.block {
            block.push_str(new);
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Heading) => {
                if let Some(heading) = self.headings.last_mut() {
                    heading.push_str(new);
                }
            }
            Some(Part::Text { text, .. }) => text.push_str(new),
            Some(Part::Table { figures, title, .. }) => {
                *figures |= is_large_number(new);
                if title.len() < 60 {
                    title.push_str(new);
                }
            }
            None => (),
        }
    }

    fn keep(&mut self, new: &str) {
        self.code.push(new.to_owned());
        if let Some(Part::Text { code, .. } | Part::Table { code, .. }) = self.parts.last_mut() {
            code.push(new.to_owned());
        }
    }
}

/// Whether a cell begins with a number like 12,345.
fn is_large_number(cell: &str) -> bool {
    let number = cell.split(' ').next().unwrap_or_default();
    let mut groups = number.split(',');
    let are_digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().is_some_and(|g| (1..=3).contains(&g.len()) && are_digits(g));
    let mut others = groups.peekable();
    first && others.peek().is_some() && others.all(|g| g.len() == 3 && are_digits(g))
}

/// A heading's text as a link names it.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Page, Part, anchor, is_large_number};

    #[test]
    fn headings_are_named_as_links_do() {
        assert_eq!(anchor("The variable GOSBRK"), "the-variable-gosbrk");
        assert_eq!(anchor("What's `a.b`, now?"), "whats-ab-now");
    }

    #[test]
    fn links_and_pictures_are_found_but_not_in_code() {
        let page = Page::read(
            "# A `b`\n[c](d.md#e) ![f](g.svg) <https://h>\n\n<img alt=\"x\" src=\"i.png\">\n\n\
             ```\n[no](j.md)\n```\n\n| [t](k.md) |\n|---|\n| [u](https://l) |\n",
        );
        assert_eq!(page.headings, ["a-b"]);
        assert_eq!(page.links, ["d.md#e", "g.svg", "i.png", "k.md"]);
    }

    #[test]
    fn code_is_that_of_spans_and_of_lines() {
        let page =
            Page::read("By `make a`:\n\n```sh run\nmake b\n\nmake c # d\n```\n\n    make e\n");
        assert_eq!(page.code, ["make a", "make b", "make c # d", "make e"]);
        assert_eq!(page.fences, ["sh run", ""]);
    }

    #[test]
    fn figures_are_aligned_to_the_right_or_large() {
        let is_one = |table: &str| {
            let parts = Page::read(table).parts;
            matches!(parts[..], [Part::Table { figures: true, .. }])
        };
        assert!(is_one("| a |\n|--:|\n| b |\n"));
        assert!(is_one("| a |\n|---|\n| 12,345 KiB |\n"));
        assert!(!is_one("| a |\n|---|\n| 12 of 1,000 |\n"));
        assert!(
            is_large_number("1,227,388") && !is_large_number("1,22") && !is_large_number("122")
        );
    }
}
