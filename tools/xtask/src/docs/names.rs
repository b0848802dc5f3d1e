//! What code spans and code blocks name: a file of the tree, a target of make, a command of
//! `cargo xtask`. Each must be there.

use super::Page;
use crate::HELP;
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::io;
use std::path::Path;

/// Endings of files that are looked for. Other paths may be a package of Go's, or a part of one.
const ENDINGS: [&str; 5] = [".rs", ".go", ".sh", ".md", ".txt"];
/// Folders whose files are looked for.
const FOLDERS: [&str; 12] = [
    "src/",
    "tests/",
    "command/",
    "look/",
    "trace/",
    "page/",
    "bench/",
    "fuzz/",
    "tools/",
    "go/",
    "docs/",
    "testdata/",
];

pub struct Names {
    targets: BTreeSet<String>,
}

impl Names {
    /// Reads the Makefile in the current directory.
    pub fn read() -> io::Result<Self> {
        Ok(Self { targets: targets(&read_to_string("Makefile")?) })
    }

    /// What a page names that is not there.
    pub fn faults(&self, page: &Page) -> Vec<String> {
        let missing = |code: &&String| self.is_missing(code);
        page.code.iter().filter(missing).map(|code| format!("there is no `{code}`")).collect()
    }

    fn is_missing(&self, code: &str) -> bool {
        let mut words = code.split_whitespace().skip_while(|word| is_setting(word));
        match (words.next(), words.next(), words.next()) {
            (Some("make"), Some(target), _) if is_name(target) => !self.targets.contains(target),
            (Some("cargo"), Some("xtask"), Some(name)) if is_name(name) => {
                !HELP.contains(&format!("\n  {name} "))
            }
            (Some(path), ..) => {
                let path = path.trim_end_matches([':', ',']);
                let is_ours = FOLDERS.iter().any(|folder| path.starts_with(folder));
                is_ours
                    && ENDINGS.iter().any(|ending| path.ends_with(ending))
                    && !path.contains('*')
                    && !Path::new(path).exists()
            }
            _ => false,
        }
    }
}

/// `NAME=value` before a command.
fn is_setting(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') && !name.is_empty()
    })
}

fn is_name(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && word.starts_with(|first: char| first.is_ascii_lowercase())
}

fn targets(makefile: &str) -> BTreeSet<String> {
    let names = makefile.lines().filter_map(|line| line.strip_prefix(".PHONY: "));
    names.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Names, targets};

    #[test]
    fn what_is_named_must_be_there() {
        let names = Names { targets: targets(".PHONY: lib\nlib: a\n.PHONY: test-abi\n") };
        // Tests run in the folder of this crate.
        for code in [
            "make lib",
            "make test-abi ONLY=a",
            "A=b make lib",
            "make",
            "make ONLY=a",
            "cargo xtask docs",
            "src/main.rs: main",
            "go/types",
            "tests/*.rs",
        ] {
            assert!(!names.is_missing(code), "{code}");
        }
        for code in [
            "make library",
            "A=b make test",
            "cargo xtask links",
            "src/nobody.rs",
            "tools/no.sh -a",
        ] {
            assert!(names.is_missing(code), "{code}");
        }
    }
}
