//! The commands that docs/ shows, run as they stand there.

mod blocks;
mod budget;
#[path = "../common/mod.rs"]
mod common;
mod leak;

use common::root;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// A file of docs/, from a heading to the next one of its level.
fn section(file: &str, heading: &str) -> String {
    let text = fs::read_to_string(root().join("docs").join(file)).unwrap();
    let level = heading.split(' ').next().unwrap();
    let rest = text.split_once(&format!("{heading}\n"));
    let (_, rest) = rest.unwrap_or_else(|| panic!("{file} has no {heading:?}"));
    rest.split(&format!("\n{level} ")).next().unwrap().to_owned()
}

/// The first code block of a language.
fn block(section: &str, language: &str) -> String {
    let (_, rest) = section.split_once(&format!("```{language}\n")).expect("a code block");
    rest.split_once("```\n").expect("its end").0.to_owned()
}

/// A shell that ends at the first command that fails, as those of CI do, in a directory, with the
/// command under test in its path.
fn shell(dir: &Path, name: &str, script: &str) -> Command {
    let bin = dir.join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_gosbrk"), bin.join("gosbrk")).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new(name);
    command.args(["-ec", script]).current_dir(dir).env_remove("GOSBRK");
    command.env("PATH", format!("{}:{path}", bin.display()));
    command
}
