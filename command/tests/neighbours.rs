//! Whole Go programs with somebody else's memory where their heap has to grow:
//! another Go library in the same process, or mappings that are in the way. They
//! go on as on stock Go; where the heap has nowhere to go they say what is there.

mod common;

use common::whole::{LAYOUTS, STOCK, built, go, gosbrk, limited};
use common::{cc, is_there, long, reached, root, run, scratch, skip, succeed, text};
use std::fs::{copy, read_to_string};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Builds a library on stock Go or in a layout.
fn library(dir: &Path, on: &str) -> PathBuf {
    let path = dir.join(format!("{on}.so"));
    let mut command = match on {
        STOCK => go(&["build"]),
        layout => gosbrk(&["--layout", layout, "go", "build"]),
    };
    command.arg("-buildmode=c-shared").arg("-o").arg(&path).arg("./modes");
    succeed(command.env("CGO_ENABLED", "1"));
    path
}

/// Builds the program that puts obstacles in its own way.
fn obstacles(on: &str) -> PathBuf {
    built("obstacles", on, &[("CGO_ENABLED", "0")])
}

/// Both libraries take 300 MiB and have every byte looked at, and 6 GiB that nobody
/// looks at: more than lies between one segment of `compact` and the next.
#[test]
fn two_libraries_grow_in_one_process() {
    if !is_there("gcc") {
        return skip("two libraries in one process", "it needs a C compiler");
    }
    if read_to_string("/proc/sys/vm/overcommit_memory").is_ok_and(|mode| mode.trim() == "2") {
        return skip("two libraries in one process", "vm.overcommit_memory is 2");
    }
    let dir = scratch("two-libraries");
    let host = dir.join("host");
    succeed(cc().arg(root().join("testdata/c/host.c")).arg("-o").arg(&host));
    let kinds = [STOCK, LAYOUTS[0], LAYOUTS[1]];
    let first = kinds.map(|on| library(&dir, on));
    // Another file is another library, with a runtime of its own.
    let second = first.each_ref().map(|library| {
        let other = library.with_extension("other.so");
        copy(library, &other).unwrap();
        other
    });
    let pairs: &[(usize, usize)] = if long() {
        &[(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    } else {
        &[(0, 2), (1, 0), (1, 1), (2, 1), (2, 2)]
    };
    for &(one, other) in pairs {
        let mut command = Command::new(&host);
        command.args(["3", "100", "8"]).arg(&first[one]).arg(&second[other]);
        let output = run(command.env_remove("GOSBRK"));
        let want = "0: 100 8\n1: 100 8\n0: 200 16\n1: 200 16\n0: 300 24\n1: 300 24\n";
        let pair = format!("{} and {}: {output:?}", kinds[one], kinds[other]);
        assert!(output.status.success() && text(&output.stdout) == want, "{pair}");
    }
    reached(&format!("{} pairs of libraries", pairs.len()));
}

/// Where an obstacle lies, in pages from the end of the heap: dense at first, then as
/// far as some arenas of either layout.
fn place(i: u64) -> u64 {
    i + i.pow(3) / 7
}

const PAGE: u64 = 4096;
const PLACES: u64 = 64;
const SIZES: [u64; 3] = [PAGE, 1 << 20, 5 << 30];

fn run_with(program: &Path, args: &[String]) -> Output {
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    limited("ulimit -c 0", program, &args)
}

/// Whether the program ran past its obstacles.
fn passed(output: &Output, count: usize) -> bool {
    let last = format!("past {count}\n");
    output.status.success() && text(&output.stdout).ends_with(&last)
}

/// One obstacle at each of 64 places, of sizes that take turns; the long amounts have
/// all of them. Then obstacles at all of the places at once.
fn steps_over(layout: &str) {
    let [ours, stock] = [layout, STOCK].map(obstacles);
    let at = |i: u64, size: u64| format!("{}:{size}", place(i) * PAGE);
    let mut sets = Vec::new();
    for i in 0..PLACES {
        let turn = usize::try_from(i).unwrap() % SIZES.len();
        let sizes = if long() { &SIZES[..] } else { &SIZES[turn..=turn] };
        sets.extend(sizes.iter().map(|&size| vec![at(i, size)]));
    }
    sets.push((1..PLACES).map(|i| at(i, PAGE)).collect());
    sets.push((30..PLACES).map(|i| at(i, SIZES[1])).collect());
    let mut differ = Vec::new();
    for set in &sets {
        let output = run_with(&ours, set);
        let control = |output: &Output| {
            let stock = run_with(&stock, set);
            assert!(passed(&stock, set.len()), "{set:?}: on stock Go {stock:?}, here {output:?}");
        };
        if !passed(&output, set.len()) {
            control(&output);
            let said = text(&output.stderr);
            differ.push(format!("{set:?}: {}", said.lines().next().unwrap_or_default()));
        } else if long() {
            control(&output);
        }
    }
    let (failed, all) = (differ.len(), sets.len());
    differ.truncate(5);
    assert_eq!(failed, 0, "of {all} in {layout}, where stock Go does well: {differ:#?}");
    reached(&format!("{all} runs past obstacles: {layout}"));
}

#[test]
fn the_heap_of_plain_steps_over_what_is_in_its_way() {
    steps_over(LAYOUTS[0]);
}

#[test]
fn the_heap_of_compact_steps_over_what_is_in_its_way() {
    steps_over(LAYOUTS[1]);
}

/// From there on everything that a compact program can address is somebody else's.
#[test]
fn what_leaves_no_way_round_is_named() {
    let compact = obstacles("compact");
    for offset in [0, PAGE, 5 << 20, 100 << 20] {
        let output = run_with(&compact, &[format!("{offset}:0")]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let (where_, said) = (text(&output.stdout), text(&output.stderr));
        let mut ours = said.lines().filter(|line| line.starts_with("gosbrk:"));
        assert!(ours.any(|line| line.contains(where_.trim())), "at {where_}: {said}");
    }
}
