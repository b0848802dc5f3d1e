//! What a machine can tell of the project's Markdown files: `cargo xtask docs`, and `make lint`.
//!
//! | module | what it finds |
//! |---|---|
//! | [`links`] | links that lead nowhere |
//! | [`fences`] | code blocks in a language that is not known, or with a mark that is not |
//! | [`figures`] | tables of figures beside which no command is named that prints them |
//! | [`chart`] | a picture that is not what its table says |
//! | [`names`] | files, targets of make and commands of xtask that do not exist |

mod fences;
mod figures;
mod links;
mod names;
mod page;

use crate::{Done, chart};
use page::Page;
use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::PathBuf;
use std::process::Command;

/// The pages, by their path from the top of the tree.
type Pages = BTreeMap<PathBuf, Page>;

/// Prints a line for each fault; whether there is none.
pub fn check() -> Done {
    let list = Command::new("git").args(["ls-files", "*.md"]).output()?;
    let mut pages = Pages::new();
    for name in String::from_utf8(list.stdout)?.lines() {
        pages.insert(PathBuf::from(name), Page::read(&read_to_string(name)?));
    }
    let names = names::Names::read()?;
    let mut all_well = !pages.is_empty();
    for (path, page) in &pages {
        let faults = links::faults(path, page, &pages)
            .into_iter()
            .chain(fences::faults(path, page))
            .chain(figures::faults(page))
            .chain(names.faults(page));
        for fault in faults {
            eprintln!("{}: {fault}", path.display());
            all_well = false;
        }
    }
    for fault in chart::faults()? {
        eprintln!("{fault}");
        all_well = false;
    }
    Ok(all_well)
}
