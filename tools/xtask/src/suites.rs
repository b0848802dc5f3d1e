//! What `make test` and `make check` run. Both go on after a test has failed, and close
//! with a line that counts.

use crate::Done;
use crate::binaries;
use crate::command::{said, words};
use crate::parts::{self, Part, in_turn, one, side_by_side};
use crate::took;
use std::process::Command;

/// At a time. While one waits, or has one test left, the other has the processors.
const AT_A_TIME: usize = 2;

/// Programs that tests use. Without them these are skipped by name.
const WANTED: [&str; 2] = ["tools/setup-chromium.sh", "tools/setup-tmux.sh"];

/// What takes longest begins first, so that nothing is left to run alone at the end.
const FIRST: [&str; 9] = [
    "tests/faults.rs",
    "command/tests/modes.rs",
    "command/tests/whole.rs",
    "command/tests/dist.rs",
    "command/tests/tools.rs",
    "command/tests/trace/main.rs",
    "command/tests/ccode.rs",
    "command/tests/refusals.rs",
    "command/tests/look/main.rs",
];

/// What a change must pass besides the test programs in Rust.
fn besides() -> Vec<Part> {
    vec![
        parts::tests(
            "Go's historic bugs put back into the library",
            ".",
            "xtask mutants 01 02 03 04 05 06 07 08 09 10 11 12",
        ),
        // `make lint` vets it.
        parts::tests("the Go module (go test)", "go", "go test -vet=off -v ./..."),
        parts::tests("the header through bindgen", ".", "make test-bindgen"),
        one("a module that imports it", "testdata/gouser", "go run ."),
        one("instruction counts", ".", "xtask instructions"),
        binaries::examples(),
    ]
}

/// What takes less than two minutes, for while one works.
fn short() -> Vec<Part> {
    vec![
        one("build", ".", "make archive object"),
        one("rustfmt", ".", "cargo fmt --all --check"),
        one(
            "clippy",
            ".",
            "cargo clippy --quiet --locked --workspace --exclude gosbrk-bindgen \
             --no-default-features --all-targets -- -D warnings",
        ),
        parts::tests("unit tests and header", ".", "cargo test --locked --lib --test header"),
        parts::tests(
            "unit tests of the command",
            ".",
            "cargo test --locked --package gosbrk-command --package gosbrk-look \
             --package gosbrk-trace --package gosbrk-page --bins --lib",
        ),
        one("every state of 8 pages, in lock step", "go", "go run ./cmd/lockstep -exhaustive 8"),
    ]
}

/// Runs everything. Fails as well if that has changed the work tree.
pub fn test() -> Done {
    let before = work_tree();
    let mut all = in_turn(vec![one("build", ".", "make lib"), binaries::compile()])?;
    if !all.well() {
        return Ok(all.closed());
    }
    for script in WANTED {
        // The tests that use it say what is missing.
        let _ = words(script).output();
    }
    let mut parts = binaries::compiled()?;
    parts.extend(besides());
    all.add(side_by_side(in_order(parts), AT_A_TIME)?);
    let after = work_tree();
    if before != after {
        println!("the work tree has changed:\n{after}");
        all.count.failed += 1;
    }
    print!("\n{}\n", took::table(&mut all.took));
    Ok(all.closed())
}

/// Runs the short ones. Somebody may be at work on the files meanwhile.
pub fn check() -> Done {
    Ok(in_turn(short())?.closed())
}

/// What takes longest is moved to the front.
fn in_order(mut parts: Vec<Part>) -> Vec<Part> {
    let place = |part: &Part| FIRST.iter().position(|first| *first == part.name);
    parts.sort_by_key(|part| place(part).unwrap_or(FIRST.len()));
    parts
}

/// What Git says has changed; nothing where this is no checkout.
fn work_tree() -> String {
    said(Command::new("git").args(["status", "--porcelain"])).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::FIRST;
    use std::path::Path;

    #[test]
    fn what_begins_first_is_there() {
        let top = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        for name in FIRST {
            assert!(top.join(name).is_file(), "{name}");
        }
    }
}
