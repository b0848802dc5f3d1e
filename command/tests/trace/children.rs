//! Children that a recorded program makes by itself: by fork, which the runtime does not see,
//! and by `syscall.ForkExec`, which shares the parent's memory for a while. A child that makes
//! no call of the memory layer has no trace, and the parent's trace has none of it.

use crate::common::{self, root, scratch, succeed};
use crate::program::gosbrk;
use gosbrk_trace::event::Event;
use gosbrk_trace::file::{End, Trace};
use gosbrk_trace::identity::Identity;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const COUNT: usize = 50;

fn built(layout: &str, dir: &Path) -> PathBuf {
    let program = dir.join(layout);
    let mut command = gosbrk();
    command.current_dir(root().join("testdata/go")).env("CGO_ENABLED", "0");
    command.args(["--layout", layout, "go", "build", "-o"]).arg(&program);
    succeed(command.arg("./children"));
    program
}

/// Runs it, recorded to FILE; the numbers of the parent and of its children.
fn run(program: &Path, file: &Path, way: &str) -> (u64, BTreeSet<u64>) {
    let mut command = Command::new(program);
    command.env("GOSBRK", format!("trace={}", file.display()));
    let said = succeed(command.args([way, &COUNT.to_string()]));
    let number = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    let children: BTreeSet<u64> =
        said.lines().filter(|line| line.starts_with("child ")).map(number).collect();
    (number(said.lines().next().unwrap()), children)
}

/// The traces beside FILE, by the processes that they are of.
fn others(file: &Path) -> Vec<Trace> {
    let files = fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let begin = format!("{}.", file.display());
    let files = files.filter(|path| path.to_str().unwrap().starts_with(&begin));
    files.map(|path| Trace::open(&path).unwrap()).collect()
}

/// The parent's trace is whole, and nothing in it is a child's.
fn is_the_parents_alone(file: &Path, parent: u64, children: &BTreeSet<u64>, about: &str) {
    // Slot by slot: hashes, times that never go back, and nothing behind the last one.
    let slots = common::trace::Trace::read(file);
    assert_eq!(slots.process(), parent, "{about}");
    assert_eq!(slots.of(common::trace::LAST).count(), 1, "{about}");
    assert_eq!(slots.slots.last().unwrap().kind, common::trace::LAST, "{about}");
    let threads = slots.of(common::trace::THREAD).map(|slot| slot.a);
    let theirs: Vec<u64> = threads.filter(|thread| children.contains(thread)).collect();
    assert!(theirs.is_empty(), "{about}: {theirs:?} are children");
    // As a whole: what the calls make ready is what the parent's runtime has counted.
    let trace = Trace::open(file).unwrap();
    assert_eq!((trace.end, trace.lost), (End::Exited, 0), "{about}");
    let mut calls = 0;
    let mut events = trace.events();
    while let Some(event) = events.read().unwrap() {
        calls += u64::from(matches!(event, Event::Call(_)));
    }
    assert_eq!(calls, trace.calls, "{about}");
    let identity = Identity::of(&trace).unwrap();
    assert!(identity.differences.len() > 20, "{about}: {:?}", identity.differences);
    assert_eq!(identity.median(), 0, "{about}: {:?}", identity.differences);
}

#[test]
fn a_child_that_makes_no_call_leaves_its_parents_trace_alone() {
    let dir = scratch("children");
    for layout in ["plain", "compact"] {
        let program = built(layout, &dir);
        for way in ["exit", "leave"] {
            let about = format!("{way}, {layout}");
            let file = dir.join(format!("{layout}-{way}"));
            let (parent, children) = run(&program, &file, way);
            assert_eq!(children.len(), COUNT, "{about}");
            is_the_parents_alone(&file, parent, &children, &about);
            assert_eq!(others(&file).len(), 0, "{about}");
        }
        // The child's end is not the parent's, also where nothing is written over it.
        let file = dir.join(format!("{layout}-last"));
        let (parent, _) = run(&program, &file, "last");
        let slots = common::trace::Trace::read(&file);
        assert_eq!((slots.process(), slots.of(common::trace::LAST).count()), (parent, 0));
        assert_eq!(others(&file).len(), 0, "{layout}");
    }
}

#[test]
fn a_child_that_runs_another_program_has_a_trace_of_its_own() {
    let dir = scratch("children-exec");
    for layout in ["plain", "compact"] {
        let program = built(layout, &dir);
        for way in ["exec", "spawn"] {
            let about = format!("{way}, {layout}");
            let file = dir.join(format!("{layout}-{way}"));
            let (parent, children) = run(&program, &file, way);
            assert_eq!(children.len(), COUNT, "{about}");
            is_the_parents_alone(&file, parent, &children, &about);
            let others = others(&file);
            let pids: BTreeSet<u64> = others.iter().map(|trace| trace.header.pid).collect();
            assert_eq!(pids, children, "{about}");
            assert!(others.iter().all(|trace| trace.end == End::Exited), "{about}");
            assert!(others.iter().all(|trace| trace.header.parent == parent), "{about}");
        }
    }
}
