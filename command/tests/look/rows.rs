//! The rows beside what a program knows of itself.

use crate::guest::{Ends, Guest, OWN, PROCESSORS, build};
use gosbrk_look::find::Source;
use gosbrk_look::heap::{self, Map, State};
use gosbrk_look::model::{Counters, Known};
use gosbrk_look::snapshot::Snapshot;
use std::collections::BTreeMap;
use std::path::PathBuf;

const MIB: u64 = 1 << 20;

fn program() -> PathBuf {
    build("memory", OWN, "rows", &[]).expect("the Go at hand")
}

fn value(known: &Known) -> u64 {
    *known.as_ref().unwrap()
}

/// The rows add up to what is resident.
pub fn adds_up(snapshot: &Snapshot) {
    let moment = &snapshot.moment;
    let parts = moment.rows().into_iter().take(8).filter(|(row, _)| row.key != "layer");
    let sum: u64 = parts.map(|(_, known)| value(known)).sum();
    assert_eq!(sum - value(&moment.untouched), value(&moment.rss));
    let of = &snapshot.others;
    let others =
        of.c_heap + of.anonymous + of.files + of.shared + of.kernel + snapshot.huge_pages();
    assert_eq!(others, value(&moment.other));
}

/// What is read while the program is quiet is what it says itself, to the byte; what
/// lives to within what processors keep for themselves.
pub fn same_as_memstats(guest: &mut Guest, tag: &str) -> (BTreeMap<String, u64>, Snapshot) {
    let (said, target, snapshot, map) = guest.quiet();
    let reading = snapshot.readings[0].as_ref().unwrap();
    let counters = &reading.counters;
    let said_of = |name: &str| said[name];
    let sum = |names: &[&str]| names.iter().map(|name| said[*name]).sum::<u64>();
    let tables = ["MSpanSys", "MCacheSys", "BuckHashSys", "GCSys", "OtherSys", "StackSys"];
    assert_eq!(counters.heap_in_use, said_of("HeapInuse"), "{tag}: HeapInuse");
    assert_eq!(
        counters.heap_free,
        said_of("HeapIdle") - said_of("HeapReleased"),
        "{tag}: kept free"
    );
    assert_eq!(counters.heap_released, said_of("HeapReleased"), "{tag}: HeapReleased");
    assert_eq!(counters.stacks, said_of("StackInuse"), "{tag}: StackInuse");
    assert_eq!(
        counters.tables + counters.work_buffers + counters.stacks,
        sum(&tables),
        "{tag}: tables, stacks and buffers"
    );
    assert_eq!(counters.mapped_ready, said_of("Sys") - said_of("HeapReleased"), "{tag}: Sys");
    assert_eq!(counters.heap_alloc, said_of("HeapAlloc"), "{tag}: HeapAlloc");
    let apart = counters.heap_live.abs_diff(said_of("HeapAlloc"));
    assert!(apart <= 128 << 10, "{tag}: live {} for {}", counters.heap_live, said_of("HeapAlloc"));
    assert_eq!(u64::from(reading.goals.collections), said_of("NumGC"), "{tag}: NumGC");
    // With GOGC off it is what the limit of memory leaves.
    if reading.goals.gc_percent >= 0 {
        assert_eq!(reading.goals.heap_goal, said_of("NextGC"), "{tag}: NextGC");
    }
    let source = target.modules[0].place.as_ref().unwrap().1;
    let expected = match tag {
        "w" => Source::Table,
        "s" => Source::Content,
        _ => Source::Dwarf,
    };
    assert_eq!(source, expected, "{tag}");
    adds_up(&snapshot);
    // These have no memory but Go's: what is not found of that without symbols is bounded.
    if expected == Source::Content {
        assert!(snapshot.others.anonymous <= snapshot.uncertain, "{tag}: {:?}", snapshot.others);
        assert!(snapshot.uncertain <= 2 * MIB, "{tag}: {}", snapshot.uncertain);
    } else {
        assert_eq!(snapshot.uncertain, 0, "{tag}");
    }
    the_map_has_every_page(&map, counters);
    (said, snapshot)
}

/// The page map's totals are those of the counters, but for what each processor has taken
/// from it at once: up to 64 pages that are in no span yet.
fn the_map_has_every_page(map: &Map, counters: &Counters) {
    let [used, kept, released] =
        [State::Used, State::Kept, State::Released].map(|state| map.total(state));
    let spans = counters.heap_in_use + counters.stacks + counters.work_buffers;
    assert_eq!(used + kept + released, spans + counters.heap_free + counters.heap_released);
    assert!(kept <= counters.heap_free && released <= counters.heap_released);
    assert!(
        (spans..=spans + PROCESSORS * 64 * heap::HEAP_PAGE).contains(&used),
        "{used} for {spans}"
    );
}

fn look(kind: &str, amount: u32) -> Snapshot {
    let mut guest = Ends(Guest::start(&program(), kind, amount));
    same_as_memstats(&mut guest.0, "").1
}

#[test]
fn live_memory_is_held() {
    let snapshot = look("live", 24);
    let held = value(&snapshot.moment.held);
    assert!((24 * MIB..25 * MIB).contains(&held), "{held}");
    assert_eq!(snapshot.moment.largest().unwrap().0.key, "held");
    // All of the runtime's memory was found: nothing but the first stack is left.
    let of = snapshot.others;
    assert!(of.anonymous <= 64 << 10, "{of:?}");
    assert_eq!((of.c_heap, of.files, of.shared), (0, 0, 0));
}

#[test]
fn memory_that_is_not_collected_yet_counts_as_held() {
    let snapshot = look("garbage", 24);
    assert!(value(&snapshot.moment.held) >= 24 * MIB);
    let goals = snapshot.readings[0].as_ref().unwrap().goals;
    assert_eq!(goals.gc_percent, -1);
}

#[test]
fn one_object_in_each_span_leaves_gaps() {
    let moment = look("fragmented", 24).moment;
    let (held, gaps) = (value(&moment.held), value(&moment.gaps));
    assert!((3 * MIB..5 * MIB).contains(&held), "{held}");
    assert!(gaps >= 20 * MIB, "{gaps}");
    assert_eq!(moment.largest().unwrap().0.key, "gaps");
}

#[test]
fn many_goroutines_have_stacks() {
    let moment = look("stacks", 10_000).moment;
    let stacks = value(&moment.stacks);
    // 4 KiB of stack each, and 8 at most.
    assert!((10_000 * 4096..=10_000 * 8192 + 2 * MIB).contains(&stacks), "{stacks}");
    assert_eq!(moment.largest().unwrap().0.key, "stacks");
}

#[test]
fn what_the_program_maps_itself_is_not_the_runtimes() {
    let snapshot = look("mmap", 24);
    let other = snapshot.others.anonymous;
    assert!((24 * MIB..25 * MIB).contains(&other), "{other}");
}

#[test]
fn an_object_that_was_never_written_is_untouched() {
    let snapshot = look("untouched", 64);
    let moment = &snapshot.moment;
    assert!(value(&moment.held) >= 64 * MIB);
    assert!(value(&moment.untouched) >= 60 * MIB, "{:?}", moment.untouched);
    assert!(value(&moment.rss) < 32 * MIB);
    assert!(moment.sentence("1 x").contains("a part of it never touched"));
}
