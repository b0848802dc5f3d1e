//! A program that runs out of memory says which limit it has come to, in a line
//! before Go's own words.

mod common;

use common::confined::{Resource, confine};
use common::three::{command, programs};
use common::whole::build;
use common::{run, skip, text};
use std::process::{Command, Output};

const LAYOUTS: [&str; 2] = ["plain", "compact"];

/// What the line begins with.
const PREFIX: &str = "gosbrk: out of memory: ";

/// Checks that a program died of want of memory, in Go's own words and with Go's own
/// status, and gave this reason first, and once.
#[track_caller]
fn check(output: &Output, reason: &[&str]) {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    let (line, rest) = said.split_once('\n').unwrap_or_default();
    let why = line.strip_prefix(PREFIX).unwrap_or_else(|| panic!("no reason at first: {line}"));
    for words in reason {
        assert!(why.contains(words), "not {words:?}: {line}");
    }
    assert!(why.contains(|c: char| c.is_ascii_digit()), "no figures: {line}");
    let more = rest.lines().find(|line| line.starts_with("gosbrk: "));
    assert_eq!(more, None, "said after {line:?}");
    assert!(rest.contains("out of memory") || rest.contains("fatal error: "), "{said}");
}

/// A program that takes all the memory there is.
fn oom(layout: &str, steps: &[&str]) -> Command {
    let mut command = command(&build("oom", layout, &[]), steps);
    // It writes a core file nowhere.
    confine(&mut command, &[]);
    command
}

/// The same under a limit in KiB.
fn oom_under(resource: Resource, kib: u64, layout: &str, steps: &[&str]) -> Output {
    run(confine(&mut oom(layout, steps), &[(resource, kib << 10)]))
}

#[test]
fn a_limit_of_ones_own() {
    for (layout, limit) in [("plain", "1300M"), ("compact", "64M")] {
        let output = run(oom(layout, &[]).env("GOSBRK", format!("limit={limit}")));
        check(&output, &["GOSBRK=limit"]);
    }
}

#[test]
fn the_ceiling() {
    let mut command = command(&build("ceiling", "compact", &[]), &[]);
    let output = run(confine(&mut command, &[]));
    check(&output, &["60 GiB"]);
}

#[test]
fn a_limit_of_address_space() {
    for (layout, kib) in [("plain", 1_400_000), ("compact", 100_000)] {
        let output = oom_under(libc::RLIMIT_AS, kib, layout, &[]);
        check(&output, &["RLIMIT_AS"]);
    }
}

/// Too low for some of the runtime's first reservations.
#[test]
fn a_limit_of_address_space_at_the_start() {
    for (layout, kib) in [("plain", 100_000), ("plain", 1_000_000), ("compact", 4_000)] {
        let output = oom_under(libc::RLIMIT_AS, kib, layout, &[]);
        check(&output, &["RLIMIT_AS"]);
    }
}

#[test]
fn a_limit_of_data() {
    for layout in LAYOUTS {
        let output = oom_under(libc::RLIMIT_DATA, 100_000, layout, &[]);
        check(&output, &["RLIMIT_DATA"]);
    }
}

#[test]
fn a_limit_of_locked_memory() {
    for layout in LAYOUTS {
        let output = oom_under(libc::RLIMIT_MEMLOCK, 8_000, layout, &["lock"]);
        check(&output, &["RLIMIT_MEMLOCK"]);
    }
}

#[test]
fn the_number_of_mappings() {
    let most = std::fs::read_to_string("/proc/sys/vm/max_map_count").unwrap();
    if most.trim().parse::<u64>().unwrap() > 1 << 20 {
        return skip("too many mappings", &format!("vm.max_map_count is {}", most.trim()));
    }
    for layout in LAYOUTS {
        let output = run(&mut oom(layout, &["maps"]));
        check(&output, &["vm.max_map_count", most.trim()]);
    }
}

#[test]
fn nothing_is_said_while_there_is_memory() {
    for program in &programs()[1..] {
        let output = run(&mut command(program, &["busy"]));
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}
