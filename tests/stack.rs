//! No C function takes more than 1 KiB of its caller's stack: it may be called on
//! the small stack of a signal handler, or of a Go runtime that has no other yet.

mod common;

use common::declarations::functions;
use common::{build, header, program, scratch, succeed, tell};
use std::collections::{BTreeMap, BTreeSet};

const LIMIT: usize = 1024;

/// What `GOSBRK` is, and the situations of `testdata/c/stack.c` to measure in. A
/// dash stands for the name of a trace.
const RUNS: [(&str, &[&str]); 6] = [
    ("", &["first", "good", "bad"]),
    ("misuse=report", &["bad", "contended"]),
    ("advice=os", &["good", "bad"]),
    ("profile=wasm,advice=os,check=full,misuse=report,limit=1G,trace=-", &["first", "good", "bad"]),
    ("advice=os,trace=-.d", &["first", "good"]),
    ("nonsense", &["first"]),
];

#[test]
fn every_function_stays_within_1_kib() {
    let dir = scratch("stack");
    let measure = build(&dir, "stack.c", &["-pthread"]);
    let trace = dir.join("trace");
    // Where each process has a file of its own; the measured calls are those of children.
    std::fs::create_dir(dir.join("trace.d")).unwrap();
    let mut rows = BTreeMap::<String, Vec<usize>>::new();
    let mut heads = Vec::new();
    for (settings, situations) in RUNS {
        let settings = settings.replace("=-", &format!("={}", trace.display()));
        let mut command = program(&measure);
        command.env("GOSBRK", format!("base=0x100000000,{settings}")).args(situations);
        for line in succeed(&mut command).lines() {
            let (name, depths) = line.split_once(' ').unwrap();
            let depths = depths.split(' ').map(|n| n.parse::<usize>().unwrap());
            rows.entry(name.to_owned()).or_default().extend(depths);
        }
        let mode = settings.split(',').next().unwrap_or_default();
        heads.extend(situations.iter().map(|situation| format!("{mode} {situation}")));
    }
    tell("stack of each function in bytes, GOSBRK's first setting and the situation above:");
    for (i, head) in heads.iter().enumerate() {
        tell(&format!("{:26}{}{head}", "", "     |".repeat(i)));
    }
    for (name, depths) in &rows {
        let depths: Vec<_> = depths.iter().map(|depth| format!("{depth:6}")).collect();
        tell(&format!("{name:26}{}", depths.concat()));
    }
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), functions(&header()));
    assert!(std::fs::metadata(trace).unwrap().len() > 0, "nothing was traced");
    for (name, depths) in rows {
        assert_eq!(depths.len(), heads.len());
        let most = depths.into_iter().max().unwrap();
        assert!(most <= LIMIT, "{name} takes {most} bytes of stack, more than {LIMIT}");
    }
}
