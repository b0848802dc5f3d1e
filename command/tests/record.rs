//! What a recorder sees of a whole Go program.

mod common;

use common::trace::{BITS, CHUNK, CYCLES, HEAP, MAP, READY, RESIDENT, RSS, STACK, THREAD, Trace};
use common::whole::{LAYOUTS, built, gosbrk};
use common::{root, run, scratch, succeed, tell, text};
use std::collections::BTreeSet;
use std::path::Path;

/// Records `testdata/go/freed`, which takes 200 MiB of heap and lets go of it.
fn freed(layout: &str, dir: &Path) -> Trace {
    let file = dir.join(layout);
    let mut command = common::program(built("freed", layout, &[("CGO_ENABLED", "0")]));
    succeed(command.env("GOSBRK", format!("trace={}", file.display())));
    Trace::read(file)
}

#[test]
fn the_runtime_is_seen() {
    let dir = scratch("record-runtime");
    for layout in LAYOUTS {
        let trace = freed(layout, &dir);
        let process = trace.process();
        assert_eq!(trace.field(24, 1), if layout == "plain" { 1 } else { 2 });
        assert!(trace.header_text(136, 32).starts_with("go1."), "the release");
        assert!(trace.header_text(168, 96).contains('/'), "the build id");
        let threads: Vec<_> = trace.of(THREAD).map(|slot| (slot.a, slot.b)).collect();
        assert!(threads.contains(&(process, 0)), "{process} is not among {threads:?}");
        assert!(threads.iter().any(|&(_, goroutine)| goroutine == 1), "{threads:?}");

        let most = |kind, b: bool| {
            trace.of(kind).map(|slot| if b { slot.b } else { slot.a }).max().unwrap_or(0)
        };
        let heap = 200 << 20;
        // Resident memory is looked at every 10 ms, so the last pages may be missing.
        let near = heap - (8 << 20);
        for (name, counter, least) in [
            ("heapLive", most(HEAP, false), heap),
            ("heapInUse", most(HEAP, true), heap),
            ("mappedReady", most(READY, true), heap),
            ("resident memory", most(RSS, false), near),
        ] {
            assert!((least..heap + (64 << 20)).contains(&counter), "{layout}: {name} {counter}");
        }
        assert!(most(CYCLES, false) >= 4, "{layout}: {} collections", most(CYCLES, false));
        // Nothing of the heap is left behind when it was given back.
        let least = trace.of(RSS).skip_while(|slot| slot.a < near).map(|slot| slot.a).min();
        assert!(least.unwrap() < 32 << 20, "{layout}: {least:?}");
        assert!(trace.of(RESIDENT).all(|slot| slot.a != u64::MAX && slot.b > 0));

        // A bitmap's count is that of its bits, but for what moved meanwhile.
        let (chunk, bytes) = (trace.field(268, 4), trace.field(264, 4));
        let pages = chunk / bytes;
        let full = trace.of(CHUNK).filter(|slot| slot.b == pages).count();
        assert!(full as u64 >= heap / chunk / 2, "{layout}: {full} chunks were full");
        let bits = trace.of(BITS).count() as u64;
        assert_eq!(bits, trace.of(CHUNK).map(|slot| u64::from(slot.code)).sum::<u64>());
    }
}

#[test]
fn the_stacks_that_made_the_heap_grow_are_there() {
    let dir = scratch("record-stacks");
    for layout in LAYOUTS {
        let trace = freed(layout, &dir);
        let stacks = trace.stacks();
        let of_main: Vec<_> = stacks
            .iter()
            .filter_map(|stack| stack.iter().find(|frame| frame.starts_with("main.main ")))
            .collect();
        // Whoever asked for the first arena was the runtime itself.
        assert!(of_main.len() >= 3, "{layout}: {stacks:?}");
        let file = root().join("testdata/go/freed/main.go");
        let place = format!("main.main {}:", file.display());
        assert!(of_main.iter().all(|frame| frame.starts_with(&place)), "{of_main:?}");
        assert!(stacks.iter().flatten().all(|frame| !frame.is_empty()), "{stacks:?}");
        // Each is that of a map.
        let of_maps =
            trace.slots.iter().enumerate().filter(|(_, slot)| slot.kind == STACK && slot.code == 0);
        for (i, _) in of_maps {
            let call = trace.slots[i..].iter().find(|slot| slot.is_call()).unwrap();
            assert_eq!(call.kind, MAP);
        }
    }
}

/// The pages of 4096 bytes that are ready, by the calls, and the bytes of those that Go does
/// not count.
#[derive(Default)]
struct Ready {
    pages: BTreeSet<u64>,
    uncounted: u64,
}

#[test]
fn what_the_calls_make_ready_is_what_the_runtime_counts() {
    let dir = scratch("record-ready");
    for layout in LAYOUTS {
        let trace = freed(layout, &dir);
        let names = trace.names_of_calls();
        let mut names = names.iter();
        let mut ready = Ready::default();
        let mut differences = Vec::new();
        for slot in &trace.slots {
            let pages = slot.a >> 12..slot.a.wrapping_add(slot.b).div_ceil(4096);
            if slot.is_call() {
                let name = names.next().unwrap();
                // The index of the heap is not in mappedReady.
                if name == "heap index" {
                    ready.uncounted += slot.b;
                }
            }
            match slot.kind {
                1 | 7 => ready.pages.extend(pages),
                2 | 6 | 11 => {
                    let (first, last) = (pages.start, pages.end);
                    let mut rest = ready.pages.split_off(&first);
                    ready.pages.append(&mut rest.split_off(&last));
                }
                READY => {
                    let calls = (ready.pages.len() as u64 * 4096).saturating_sub(ready.uncounted);
                    differences.push(calls.abs_diff(slot.b));
                }
                _ => {}
            }
        }
        differences.sort_unstable();
        let (n, median) = (differences.len(), differences[differences.len() / 2]);
        let worst = differences[n - 1];
        tell(&format!(
            "{layout}: ready pages and mappedReady differ by {median} bytes at the median of {n}, {worst} at most"
        ));
        assert!(n > 100 && median < 256 << 10, "{layout}: {median} of {n}");
    }
}

#[test]
fn compact_hello_is_recorded_under_the_limit_of_the_readme() {
    let hello = built("hello", "compact", &[("CGO_ENABLED", "0")]);
    let trace = scratch("record-limited").join("trace");
    let mut command = common::program("sh");
    command.args(["-c", "ulimit -v 10000; exec \"$0\""]).arg(hello);
    let output = run(command.env("GOSBRK", format!("trace={}", trace.display())));
    assert_eq!(text(&output.stdout), "hello, world\n", "{output:?}");
    assert_eq!(text(&output.stderr), "");
    let trace = Trace::read(trace);
    assert!(trace.calls().count() > 20);
    assert_eq!(trace.field(20, 4) & 2, 0, "it was mapped");
}

#[test]
fn programs_that_start_others_are_all_recorded() {
    let dir = scratch("record-others");
    let mut command = gosbrk(&["--layout", "compact", "--trace"]);
    succeed(command.arg(&dir).args(["go", "run", "./hello"]));
    let files: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path()).collect();
    let hello = files.iter().map(Trace::read).filter(|trace| trace.command().ends_with("hello\0"));
    assert_eq!(hello.count(), 1, "{files:?}");
}
