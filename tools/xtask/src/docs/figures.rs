//! Tables of figures: the command that prints the figures is named beside them, or the words
//! "by hand" say that there is none.
//!
//! Beside is: in the table, or in the text before or behind it, up to the next heading or the
//! next table. Tables with nothing between them are beside the same text. A page that begins
//! with "Made by" and a command is of that command.

use super::Page;
use super::page::Part;

/// What commands begin with.
const COMMANDS: [&str; 5] = ["make ", "tools/", "gosbrk ", "cargo ", "go "];

/// The tables of figures of a page that name no command.
pub fn faults(page: &Page) -> Vec<String> {
    let intro = page.parts.iter().find_map(|part| match part {
        Part::Text { text, code } => Some(text.starts_with("Made by ") && name_one(code)),
        _ => None,
    });
    if intro == Some(true) {
        return Vec::new();
    }
    let is_unnamed = |(at, part): (usize, &Part)| match part {
        Part::Table { figures: true, title, .. } if !is_named(&page.parts, at) => {
            Some(format!("no command is named that prints the figures of the table {title:?}"))
        }
        _ => None,
    };
    page.parts.iter().enumerate().filter_map(is_unnamed).collect()
}

/// Whether a command is named beside the table at `at`.
fn is_named(parts: &[Part], at: usize) -> bool {
    let names = |part: &Part| match part {
        Part::Heading => false,
        Part::Table { code, .. } => name_one(code),
        Part::Text { text, code } => name_one(code) || text.contains("by hand"),
    };
    let is_text = |part: &&Part| matches!(part, Part::Text { .. });
    let is_table = |part: &&Part| matches!(part, Part::Table { .. });
    let (before, after) = (&parts[..at], &parts[at + 1..]);
    let mut above = before.iter().rev().skip_while(is_table).take_while(is_text);
    let mut below = after.iter().skip_while(is_table).take_while(is_text);
    names(&parts[at]) || above.any(names) || below.any(names)
}

fn name_one(code: &[String]) -> bool {
    code.iter().any(|code| COMMANDS.iter().any(|start| code.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::{Page, faults};

    const TABLE: &str = "| name | ns |\n|---|--:|\n| a | 1 |\n\n";

    fn count(text: &str) -> usize {
        faults(&Page::read(text)).len()
    }

    #[test]
    fn a_command_stands_beside_the_figures() {
        for text in [
            format!("By `make bench`:\n\n{TABLE}"),
            format!("{TABLE}Above.\n\n- By `tools/bench.sh`\n"),
            format!("Measured by hand:\n\n{TABLE}"),
            format!("{TABLE}<!-- -->\n\n    make bench\n"),
            format!("By `make bench`:\n\n{TABLE}{}", TABLE.replace("name", "`a`")),
            format!("Made by `make bench`.\n\n# A\n\n{TABLE}# B\n\n{TABLE}"),
        ] {
            assert_eq!(count(&text), 0, "{text}");
        }
    }

    #[test]
    fn without_one_it_is_a_fault() {
        assert_eq!(count(TABLE), 1);
        assert_eq!(count(&format!("# A\n\nBy `make bench`.\n\n# B\n\n{TABLE}")), 1);
        assert_eq!(count(&format!("By `gosbrk`.\n\n{TABLE}")), 1);
        // The command is that of another table.
        assert_eq!(count(&format!("By `make a`:\n\n{TABLE}And:\n\n{TABLE}")), 1);
        assert_eq!(count("| name | what |\n|---|---|\n| a | 12 |\n"), 0);
    }
}
