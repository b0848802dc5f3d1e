//! The library under many threads: no two are given the same memory, no call is
//! lost, and nobody waits for ever. The threads are those of
//! `testdata/c/lock_threads.c`.

mod common;

use common::{build, long, program, reached, scratch, succeed};

fn run(test: &str, way: &str, amount: u64) -> String {
    let threads = build(&scratch(test), "lock_threads.c", &["-pthread"]);
    succeed(program(threads).args([way, &amount.to_string()]))
}

#[test]
fn no_two_threads_are_given_the_same_page() {
    let calls = if long() { 150_000_000 } else { 20_000_000 };
    let said = run("threads-own", "own", calls);
    assert_eq!(said, format!("{calls} calls from 32 threads, each page its owner's\n"));
    reached(&said);
}

#[test]
fn a_thread_that_never_pauses_starves_no_other() {
    let turns = if long() { 20_000 } else { 500 };
    let said = run("threads-share", "share", turns);
    assert_eq!(said, format!("{turns} turns each\n"));
    reached(&said);
}
