//! Every code block of the docs that says `sh run`, run as it stands there. CONTRIBUTING.md,
//! "Commands in the docs", has the rules.

use crate::common::{root, run, scratch, succeed, tell, text};
use crate::shell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A code block of a page.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// The line that it begins in, counted from 1.
    line: usize,
    /// What stands behind the opening marks: the language and what is to be done with it.
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut all = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block { line: at + 1, info: info.to_owned(), text: String::new() });
            }
            (Some(_), Some("")) => all.extend(open.take()),
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => (),
        }
    }
    assert!(open.is_none(), "a code block does not end: {open:?}");
    all
}

/// The pages that users and contributors read.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let mut pages: Vec<_> = docs.map(|entry| entry.unwrap().path()).collect();
    pages.extend(["README.md", "CONTRIBUTING.md", "RATIONALE.md"].map(|name| root().join(name)));
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages.sort();
    pages
}

/// A copy of the project's files, without what was built, for one page.
fn copy(page: &Path) -> PathBuf {
    let dir = scratch(&format!("docs-{}", page.file_stem().unwrap().to_string_lossy()));
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("target") && !path.ends_with(".git") {
            succeed(Command::new("cp").arg("-a").arg(&path).arg(&dir));
        }
    }
    dir
}

/// Does what the blocks of a page say, in turn. Gives how many commands' blocks were run.
fn follow(dir: &Path, name: &str, blocks: &[Block]) -> usize {
    let mut count = 0;
    for Block { line, info, text: block } in blocks {
        match info.split_once(' ') {
            Some(("sh", "run")) => {
                let output = run(&mut shell(dir, "sh", block));
                let said = text(&output.stderr);
                assert!(output.status.success(), "{name}:{line}: {}\n{block}{said}", output.status);
                count += 1;
            }
            Some((language, file)) if language != "sh" => {
                fs::write(dir.join(file), block).unwrap();
            }
            _ => (),
        }
    }
    count
}

#[test]
fn commands_of_the_docs_run() {
    let mut count = 0;
    for page in pages() {
        let blocks = blocks(&fs::read_to_string(&page).unwrap());
        if blocks.iter().any(|block| block.info == "sh run") {
            let dir = copy(&page);
            count += follow(&dir, &page.display().to_string(), &blocks);
            fs::remove_dir_all(dir).unwrap();
        }
    }
    assert!(count > 0, "no block says `sh run`");
    tell(&format!("{count} blocks were run"));
}

#[test]
fn a_block_that_fails_is_named() {
    let dir = scratch("docs-blocks");
    let page = "# A\n\n```go a.go\npackage a\n```\n\n```sh\nfalse\n```\n\n```sh run\ntest -s a.go\n```\n\n\
                ```sh run\necho broken >&2\nfalse\ntrue\n```\n";
    let all = blocks(page);
    let lines: Vec<_> = all.iter().map(|block| block.line).collect();
    assert_eq!(lines, [3, 7, 11, 15]);
    assert_eq!(follow(&dir, "a.md", &all[..3]), 1);
    let failed = std::panic::catch_unwind(|| follow(&dir, "a.md", &all)).unwrap_err();
    let said = failed.downcast::<String>().unwrap();
    assert!(said.starts_with("a.md:15: ") && said.contains("broken\n"), "{said}");
}
