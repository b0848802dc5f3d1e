//! The object that goes into a Go root: nothing to fill in, no state, and it
//! works as it lies.

mod common;

use common::trace::{
    BITS, CHUNK, CYCLES, HEAP, MAP, READY, RSS, STACK as STACK_SLOT, THREAD, Trace,
};
use common::{cc, make, program, root, run, scratch, source, succeed, tell, text};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Most stack that a call may take, its return address included.
const STACK: usize = 1024;

/// The object, made afresh if its sources have changed.
fn object() -> &'static Path {
    static OBJECT: OnceLock<PathBuf> = OnceLock::new();
    OBJECT.get_or_init(|| {
        succeed(&mut make(&["object"]));
        root().join("target/release/gosbrk_linux_amd64.syso")
    })
}

/// The C program that calls it.
fn caller(dir: &Path) -> PathBuf {
    let caller = dir.join("flat");
    succeed(cc().arg(source("flat.c")).arg(object()).arg("-o").arg(&caller));
    caller
}

fn readelf(option: &str) -> String {
    succeed(Command::new("readelf").args(["--wide", option]).arg(object()))
}

#[test]
fn there_is_nothing_to_fill_in() {
    assert!(readelf("--relocs").contains("There are no relocations"));
    for section in readelf("--section-headers").lines().filter(|line| line.contains(" PROGBITS ")) {
        let is_code = section.contains(" .text ") && section.contains(" AX ");
        assert!(is_code || section.contains(" .note.GNU-stack "), "{section}");
    }
}

#[test]
fn only_the_entry_points_are_seen_and_none_is_missing() {
    let symbols = succeed(Command::new("nm").arg("--extern-only").arg(object()));
    let names: Vec<_> = symbols.lines().map(|line| line.split_once(" T ").unwrap().1).collect();
    assert_eq!(names, ["gosbrk_runtime", "gosbrk_runtime_init", "gosbrk_runtime_stack_full"]);
    // Else a plugin cannot link them.
    let symbols = readelf("--syms");
    let global = symbols.lines().filter(|line| line.contains(" GLOBAL "));
    assert!(global.into_iter().all(|line| line.contains(" HIDDEN ")), "{symbols}");
}

#[test]
fn go_finds_a_function_at_its_very_start() {
    let symbols = succeed(Command::new("nm").arg("--numeric-sort").arg(object()));
    assert!(symbols.starts_with("0000000000000000 t "), "{symbols}");
}

#[test]
fn every_call_works_and_stays_within_1_kib() {
    let dir = scratch("flat");
    let caller = caller(&dir);
    let trace = dir.join("trace");
    let mut most = 0;
    let traced = format!("trace={}", trace.display());
    let settings = ["", "check=full", &traced];
    for (settings, closed) in settings.iter().flat_map(|s| [(s, "0"), (s, "1")]) {
        let said = succeed(program(&caller).args(["0x100000000", settings, closed]));
        let gave: Vec<_> = said
            .lines()
            .map(|line| {
                let (gave, stack) = line.split_once(" stack ").unwrap();
                let stack = stack.parse().unwrap();
                assert!(stack <= STACK, "GOSBRK={settings}: {gave} takes {stack} bytes of stack");
                most = most.max(stack);
                gave
            })
            .collect();
        assert_eq!(gave, WANT, "GOSBRK={settings}, closed: {closed}");
    }
    tell(&format!("stack of the object's calls: at most {most} bytes"));
    let line = [caller.to_str().unwrap(), "0x100000000", &traced, "1"];
    let trace = Trace::read(trace);
    assert_eq!(trace.command(), line.map(|word| format!("{word}\0")).concat());
    sees_the_runtime(&trace);
    let trace = trace.text();
    assert!(trace.contains("\nreserve-aligned 262144 262144 "), "{trace}");
    // What a step over a foreign mapping is equal to.
    let step = "\nreserve +0x240000 417792 \"foreign mapping\" -> +0x240000\nfree +0x240000 409600\nalloc 2097152 ";
    assert!(trace.contains(step), "{trace}");
}

/// The trace has what the program shows as a Go runtime.
fn sees_the_runtime(trace: &Trace) {
    assert_eq!(trace.header_text(136, 32), "go1.99");
    assert_eq!(trace.header_text(168, 96), "", "Go's linker has not linked it");
    assert_eq!([trace.field(264, 4), trace.field(268, 4)], [8192, 128 * 8192]);
    assert_eq!(trace.field(20, 4) & 4, 4, "counters are recorded");
    let pairs = |kind| trace.of(kind).map(|slot| (slot.a, slot.b)).collect::<Vec<_>>();
    assert_eq!(pairs(HEAP), [(1 << 20, 2 << 20)]);
    assert_eq!(pairs(READY), [(3 << 20, 4 << 20)]);
    assert_eq!(pairs(CYCLES), [(3, 0)]);
    // Chunk 4 is the first of the second table, chunk 5 has three pages in use.
    assert_eq!(pairs(CHUNK), [(0x1_0000_0000 + 5 * 128 * 8192, 3)]);
    assert_eq!(pairs(BITS), [(5, 1 << 63)]);
    assert!(pairs(THREAD).contains(&(77, 7)), "{:?}", pairs(THREAD));
    assert_eq!(pairs(STACK_SLOT), [(0x40_1001, 0x40_2002), (0x40_3003, 0)]);
    let names = "\u{1} a name that is too long to be kept whole \u{fffd}\0 /src/main.go:42";
    assert_eq!(trace.functions()[&0x40_1001], names);
    let map = trace.slots.iter().position(|slot| slot.kind == MAP).unwrap();
    assert_eq!(trace.slots[map - 1].kind, STACK_SLOT);
    let thread = trace.of(THREAD).find(|slot| slot.b == 7).unwrap();
    assert_eq!(trace.slots[map].thread, thread.thread);
    let rss = trace.of(RSS).next().expect("resident memory is recorded");
    assert!(rss.a > rss.b && rss.b > 0, "{rss:?}");
}

/// What each call gives: 0, or an error's code, or -1 where there is no more; and an
/// address.
const WANT: [&str; 24] = [
    "init 0",
    "sysAllocOS 0 +0x0",
    "sysFreeOS 0",
    "sysReserveOS 0 +0x1000",
    "sysReserveAlignedSbrk 0 +0x40000",
    "sysMapOS 0",
    "sysUnusedOS 0",
    "sysUsedOS 0",
    "sysHugePageOS 0",
    "sysNoHugePageOS 0",
    "sysHugePageCollapseOS 0",
    "sysFaultOS 0",
    "sysFreeOS 0",
    "sysFreeOS twice 7",
    "sysAllocOS at the end 0 +0x40000",
    "sysAllocOS above another mapping 0 +0x2a6000",
    "sysAllocOS below it 0 +0x240000",
    "sysAllocOS too much -1",
    "sysAllocOS nothing 2",
    "function 0",
    "space 0",
    "no function 13",
    "stack full 1",
    "stack not full 0",
];

#[test]
fn a_place_that_is_taken_is_passed_by() {
    let caller = caller(&scratch("flat-taken"));
    let output = run(program(&caller).args(["0x8000000", "", "0", "0x1000"]));
    assert!(text(&output.stdout).starts_with("init 12 "), "{output:?}");
    let said = succeed(program(&caller).args(["0x100000000", "", "0", "0x200000000"]));
    assert!(said.contains("\nsysAllocOS 0 +0x100000000 "), "{said}");
}

#[test]
fn a_bad_setting_ends_the_program_in_one_line() {
    let caller = caller(&scratch("flat-bad"));
    for setting in ["advice=linux", "profile=wasm", "limit=1K", "cstack=1", "arenas=0"] {
        let output = run(program(&caller).args(["0x100000000", setting, "0"]));
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        assert!(said.starts_with(&format!("gosbrk: GOSBRK: \"{setting}\": ")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
