//! What `make lib` leaves behind: one object that brings the functions of the
//! header, needs nothing, and is the same wherever it is built.

mod common;

use common::declarations::functions;
use common::{archive, header, make, root, scratch, succeed, tell};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Most bytes of code and constants, some 30,000 of them the recorder, and of the whole file.
const TEXT_LIMIT: u64 = 120_000;
const FILE_LIMIT: u64 = 1 << 20;

/// Names of symbols in the archive.
fn symbols(options: &[&str]) -> Vec<String> {
    let mut nm = Command::new("nm");
    let listed =
        succeed(nm.args(options).args(["--format=just-symbols", "--quiet"]).arg(archive()));
    let is_name = |line: &&str| !line.is_empty() && !line.ends_with(".o:");
    listed.lines().filter(is_name).map(str::to_owned).collect()
}

#[test]
fn it_exports_what_the_header_declares() {
    let exported = symbols(&["--extern-only", "--defined-only"]);
    let names: BTreeSet<_> = exported.iter().cloned().collect();
    assert_eq!(names, functions(&header()));
    assert_eq!(exported.len(), names.len(), "a symbol is defined twice");
}

#[test]
fn it_needs_nothing() {
    assert_eq!(symbols(&["--undefined-only"]), Vec::<String>::new());
}

#[test]
fn it_cannot_panic_or_unwind() {
    let all = symbols(&[]);
    assert!(all.len() > functions(&header()).len(), "the local symbols are gone: nothing is seen");
    for symbol in all {
        let banned = ["panic", "unwind", "eh_personality", "Unwind", "begin_unwind", "fmt"];
        assert!(!banned.iter().any(|word| symbol.contains(word)), "{symbol}");
    }
}

#[test]
fn it_has_no_state_but_its_own() {
    let sections = succeed(Command::new("objdump").arg("-h").arg(archive()));
    assert!(sections.contains(".note.GNU-stack"), "the linker would take the stack for code");
    // Thread-local storage, code before main, tables for unwinding.
    for section in [".tdata", ".tbss", ".init_array", ".ctors", ".gcc_except_table"] {
        assert!(!sections.contains(section), "{section}");
    }
}

#[test]
fn it_is_small() {
    let size = succeed(Command::new("size").arg(archive()));
    let objects: Vec<_> = size.lines().skip(1).collect();
    assert_eq!(objects.len(), 1, "{size}");
    let text: u64 = objects[0].split_whitespace().next().unwrap().parse().unwrap();
    let file = fs::metadata(archive()).unwrap().len();
    tell(&format!("libgosbrk.a: {text} bytes of code and constants, {file} in all"));
    assert!(text <= TEXT_LIMIT && file <= FILE_LIMIT);
}

/// A copy of the sources, built from nothing somewhere else.
#[test]
fn it_is_the_same_wherever_it_is_built() {
    let elsewhere = scratch("elsewhere");
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name();
        if name == "go" {
            fs::create_dir(elsewhere.join("go")).unwrap(); // Where a hash is written.
        } else if name != "target" && name != ".git" && name != "testdata" {
            copy(&root().join(&name), &elsewhere.join(&name));
        }
    }
    succeed(make(&["archive"]).current_dir(&elsewhere));
    let ours = fs::read(archive()).unwrap();
    let theirs = fs::read(elsewhere.join("target/release/libgosbrk.a")).unwrap();
    assert!(ours == theirs, "{} and the archive in target/release differ", elsewhere.display());
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}
