//! The times in a recording beside the kernel's clock, which the recorded program asks too.

mod common;

use common::whole::{LAYOUTS, build};
use common::{program, scratch, skip, succeed, tell};
use gosbrk_trace::event::Event;
use gosbrk_trace::file::Trace;
use gosbrk_trace::format::header::flag;
use std::collections::BTreeMap;
use std::path::Path;

/// Nanoseconds by which a time may be wrong. The recorder reads counter and clock one after the
/// other, and may be interrupted in between.
const SLACK: u64 = 10_000_000;

/// How often a program is recorded before its times count as wrong.
const TRIES: usize = 5;

/// What an allocation is known by, and the clock before and after it.
struct Mark {
    size: u64,
    before: u64,
    after: u64,
}

/// The kernel's name of the clock that the processor counts.
const COUNTER: &str = if cfg!(target_arch = "aarch64") { "arch_sys_counter" } else { "tsc" };

/// Records the program. Gives its marks and its trace.
fn record(layout: &str, file: &Path) -> (Vec<Mark>, Trace) {
    let mut command = program(build("clock", layout, &[]));
    let said = succeed(command.env("GOSBRK", format!("trace={}", file.display())));
    let mark = |line: &str| {
        let numbers: Vec<u64> = line.split(' ').map(|n| n.parse().unwrap()).collect();
        let [size, before, after] = numbers[..] else { panic!("{line}") };
        Mark { size, before, after }
    };
    (said.lines().map(mark).collect(), Trace::open(file).unwrap())
}

/// By how many nanoseconds the times of the marks are wrong, at worst.
fn worst(marks: &[Mark], trace: &Trace) -> u64 {
    let mut first = BTreeMap::new();
    let mut events = trace.events();
    while let Some(event) = events.read().unwrap() {
        if let Event::Call(call) = event {
            first.entry(call.size).or_insert(call.ticks);
        }
    }
    let wrong = marks.iter().map(|mark| {
        let ticks = first.get(&mark.size).unwrap_or_else(|| panic!("no call has {}", mark.size));
        let at = trace.header.monotonic_ns + trace.clock.ns(*ticks).unwrap();
        mark.before.saturating_sub(at).max(at.saturating_sub(mark.after))
    });
    wrong.max().expect("the program made no mark")
}

#[test]
fn the_times_are_the_kernels() {
    let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let source = std::fs::read_to_string(source).unwrap_or_default();
    let counted = source.trim() == COUNTER;
    if !counted {
        let why = format!("the kernel's clock is {}", source.trim());
        skip("times that the processor counts", &why);
    }
    let dir = scratch("clock");
    for layout in LAYOUTS {
        let file = dir.join(layout);
        let mut all = Vec::new();
        for _ in 0..TRIES {
            let (marks, trace) = record(layout, &file);
            assert_eq!(trace.header.flags & flag::TSC != 0, counted, "{layout}: the clock");
            let worst = worst(&marks, &trace);
            tell(&format!("{layout}: {} times, wrong by at most {worst} ns", marks.len()));
            all.push(worst);
            if worst <= SLACK {
                break;
            }
        }
        assert!(all.iter().any(|&worst| worst <= SLACK), "{layout}: wrong by {all:?} ns");
    }
}
