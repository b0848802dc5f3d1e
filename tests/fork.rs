//! Forks while another thread is inside a call: the child finds a whole heap and
//! can use it. The processes are those of `testdata/c/lock_fork.c` and
//! `testdata/c/lock_step.c`.

mod common;

use common::{build, long, program, reached, scratch, skip, succeed};
use std::path::Path;

fn forks(way: &str, amount: u64) -> String {
    let forks = build(&scratch(&format!("fork-{way}")), "lock_fork.c", &["-pthread"]);
    succeed(program(forks).args([way, &amount.to_string()]))
}

#[test]
fn no_child_hangs_under_threads_that_do_nothing_but_call() {
    let amount = if long() { 2_000 } else { 500 };
    let said = forks("hammer", amount);
    assert_eq!(said, format!("{amount} forks, 0 hung\n"));
    reached(&said);
}

#[test]
fn no_child_hangs_when_the_fork_meets_the_first_call() {
    let amount = if long() { 5_000 } else { 300 };
    let said = forks("first", amount);
    assert_eq!(said, format!("{amount} forks, 0 hung\n"));
    reached(&said);
}

/// The control: without the page that a child finds zeroed, one must hang. If
/// none did, the tests above would not see it either.
#[test]
fn a_child_hangs_where_the_kernel_cannot_help() {
    if !Path::new("/proc/sys/kernel/seccomp").exists() {
        return skip("the control of fork", "the kernel has no seccomp to take the help away");
    }
    assert_eq!(forks("control", 2_000), "2000 forks, 1 hung\n");
}

#[test]
fn a_child_of_any_instruction_has_a_whole_heap() {
    let step = build(&scratch("fork-step"), "lock_step.c", &["-pthread"]);
    let (stride, deeper) = if long() { ("1", "9973") } else { ("17", "499") };
    let mut command = program(step);
    // Nothing else in the environment: the first call looks through all of it.
    command.env_clear().env("GOSBRK", "misuse=report,base=0x100000000");
    let said = succeed(command.args([stride, deeper]));
    let forks = |line: &str| line.strip_suffix(" forks")?.rsplit(' ').next()?.parse::<u64>().ok();
    let total: u64 = said.lines().map(|line| forks(line).unwrap()).sum();
    let calls = said.lines().count();
    reached(&format!("{total} forks inside {calls} calls, {stride} instructions apart"));
    assert!(said.lines().all(|line| forks(line).unwrap() > 0), "{said}");
}
