//! Runs test suites and counts their tests. Goes on after one has failed, shows what
//! was skipped and why, and closes with a line that counts.

use crate::Done;
use crate::command::{logged, said, words};
use crate::output::{self, Count};
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// A command that runs tests.
struct Suite {
    name: &'static str,
    /// Where it runs, from the top of the tree.
    dir: &'static str,
    command: &'static str,
    /// Whether it is one test, which passes if the command succeeds.
    single: bool,
}

const fn tests(name: &'static str, dir: &'static str, command: &'static str) -> Suite {
    Suite { name, dir, command, single: false }
}

const fn one(name: &'static str, dir: &'static str, command: &'static str) -> Suite {
    Suite { name, dir, command, single: true }
}

/// Everything that a change must pass.
const TEST: [Suite; 15] = [
    one("build", ".", "make lib"),
    tests("the library (cargo test)", ".", "cargo test --locked --no-fail-fast"),
    tests("the header through bindgen", ".", "make test-bindgen"),
    tests("the lock in every order of two threads", ".", "make test-loom"),
    tests(
        "the library beside a model, with fixed inputs",
        ".",
        "cargo test --locked --package gosbrk-fuzz",
    ),
    tests(
        "the comparison with other allocators",
        ".",
        "cargo test --locked --package gosbrk-bench --no-default-features",
    ),
    tests("these checks themselves", ".", "cargo test --locked --package xtask"),
    tests("the library for linux/arm64, under emulation", ".", "make test-arm64"),
    tests("the memory page in a browser", ".", "make test-page"),
    tests("whole Go programs (cargo test)", ".", "make test-whole"),
    tests("the Go module (go test)", "go", "go test -v ./..."),
    one("a module that imports it", "testdata/gouser", "go run ."),
    one("every state of 9 pages, in lock step", "go", "go run ./cmd/lockstep -exhaustive 9"),
    tests(
        "Go's historic bugs put back into the library",
        ".",
        "xtask mutants 01 02 03 04 05 06 07 08 09 10 11 12",
    ),
    one("instruction counts", ".", "xtask instructions"),
];

/// What takes less than two minutes, for while one works.
const CHECK: [Suite; 6] = [
    one("build", ".", "make lib"),
    one("rustfmt", ".", "cargo fmt --all --check"),
    one(
        "clippy",
        ".",
        "cargo clippy --quiet --locked --workspace --exclude gosbrk-bindgen \
         --no-default-features --all-targets -- -D warnings",
    ),
    tests("unit tests and header", ".", "cargo test --locked --lib --test header"),
    tests(
        "unit tests of the command",
        ".",
        "cargo test --locked --package gosbrk-command --package gosbrk-look \
         --package gosbrk-trace --package gosbrk-page --bins --lib",
    ),
    one("every state of 8 pages, in lock step", "go", "go run ./cmd/lockstep -exhaustive 8"),
];

/// Runs everything. Fails as well if that has changed the work tree.
pub fn test() -> Done {
    let before = work_tree();
    let mut all = run(&TEST)?;
    let after = work_tree();
    if before != after {
        println!("the work tree has changed:\n{after}");
        all.failed += 1;
    }
    Ok(closed(all))
}

/// Runs the short suites. Somebody may be at work on the files meanwhile.
pub fn check() -> Done {
    run(&CHECK).map(closed).map_err(Into::into)
}

fn run(suites: &[Suite]) -> io::Result<Count> {
    let logs = Path::new("target/logs");
    fs::create_dir_all(logs)?;
    let mut all = Count::default();
    for (i, suite) in suites.iter().enumerate() {
        println!("==> {}", suite.name);
        let start = Instant::now();
        let log = logs.join(format!("suite-{}", i + 1));
        let well = logged(words(suite.command).current_dir(suite.dir), &log)?;
        let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let count = counted(suite.single, well, &text);
        if !well {
            for line in output::end(&text, 80) {
                println!("{line}");
            }
            println!("    the whole log: {}", log.display());
        }
        for line in output::skips(&text) {
            println!("    {line}");
        }
        println!("    {} in {} s", in_words(count), start.elapsed().as_secs());
        all += count;
    }
    Ok(all)
}

/// Prints the line that counts all. Gives whether all is well.
fn closed(all: Count) -> bool {
    println!("{}", in_words(all));
    all.failed == 0
}

/// The tests of a suite. A command that fails without naming a test that failed counts
/// as one itself.
fn counted(single: bool, well: bool, log: &str) -> Count {
    let mut count = output::count(log);
    if single && well {
        count.passed += 1;
    }
    if !well {
        count.failed = count.failed.max(1);
    }
    count
}

fn in_words(Count { passed, failed, skipped }: Count) -> String {
    format!("{passed} passed, {failed} failed, {skipped} skipped")
}

/// What Git says has changed; nothing where this is no checkout.
fn work_tree() -> String {
    said(Command::new("git").args(["status", "--porcelain"])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{counted, in_words};

    #[test]
    fn a_single_test_is_its_command() {
        assert_eq!(in_words(counted(true, true, "built\n")), "1 passed, 0 failed, 0 skipped");
        assert_eq!(in_words(counted(true, false, "error\n")), "0 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn a_suite_that_ends_early_has_failed() {
        let passed = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\n";
        assert_eq!(in_words(counted(false, true, passed)), "3 passed, 0 failed, 1 skipped");
        assert_eq!(in_words(counted(false, false, passed)), "3 passed, 1 failed, 1 skipped");
        let failed = "--- FAIL: TestA (0.00s)\n--- FAIL: TestB (0.00s)\n";
        assert_eq!(in_words(counted(false, false, failed)), "0 passed, 2 failed, 0 skipped");
    }
}
