//! Signal handlers that call the library: in the middle of a call of their own
//! thread they are refused, else served, and nobody waits for itself. The handlers
//! are those of `testdata/c/lock_signals.c`.

mod common;

use common::{build, long, program, reached, run, scratch, succeed, text};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

fn signals(test: &str, args: &[&str]) -> Command {
    let signals = build(&scratch(test), "lock_signals.c", &["-pthread"]);
    let mut command = program(signals);
    command.args(args);
    command
}

#[test]
fn handlers_at_any_moment_never_wait_for_their_own_thread() {
    let inside = if long() { 1_000_000 } else { 10_000 };
    let said = succeed(&mut signals("signals-storm", &["storm", &inside.to_string()]));
    let (count, _) = said.split_once(" signals inside calls").unwrap();
    assert!(count.parse::<u64>().unwrap() >= inside, "{said}");
    reached(&said);
}

#[test]
fn every_function_is_refused_in_the_middle_of_a_call() {
    let said = succeed(&mut signals("signals-inside", &["inside"]));
    assert_eq!(said, "every function refused\n");
}

#[test]
fn it_is_misuse_and_aborts_by_default() {
    let output = run(&mut signals("signals-abort", &["abort"]));
    assert_eq!(output.status.signal(), Some(6), "{output:?}");
    assert_eq!(
        text(&output.stderr),
        "gosbrk: sysAllocOS(8192): the layer was called by a thread that is already inside it \
         (GOSBRK_E_REENTRANT)\n"
    );
}
