use super::{Counters, Kind, Known, Moment, Process, megabytes};

const MB: u64 = 1_000_000;

fn counters() -> Counters {
    let mut counters = Counters {
        heap_live: 3 * MB,
        heap_in_use: 5 * MB,
        heap_free: 80 * MB,
        heap_released: 7 * MB,
        heap_alloc: 4 * MB,
        stacks: MB,
        work_buffers: MB / 2,
        tables: 2 * MB,
        mapped_ready: 0,
    };
    counters.mapped_ready = counters.sum();
    counters
}

fn process(resident: u64) -> Process {
    Process { rss: Ok(100 * MB), file: Ok(2 * MB), resident: Ok(resident) }
}

/// What the rows come to, without the one that says why.
fn total(moment: &Moment) -> u64 {
    let value = |known: &Known| *known.as_ref().unwrap();
    let parts = moment.rows().into_iter().take(8).filter(|(row, _)| row.key != "layer");
    parts.map(|(_, known)| value(known)).sum::<u64>() - value(&moment.untouched)
}

#[test]
fn rows_add_up_to_what_is_resident() {
    // Less resident than counted, all of it, and more: a huge page has been put there.
    for resident in [0, 60 * MB, counters().sum(), 95 * MB] {
        let moment = Moment::of(
            &[Ok(counters()), Ok(Counters::default())],
            &process(resident),
            Err("".into()),
        );
        assert_eq!(total(&moment), 100 * MB, "{resident}");
    }
}

#[test]
fn what_is_not_known_makes_no_number() {
    let moment =
        Moment::of(&[Ok(counters()), Err("it is stripped".into())], &process(MB), Err("no".into()));
    for (row, known) in moment.rows() {
        match row.key {
            "file" | "rss" => assert!(known.is_ok()),
            "layer" => assert_eq!(known.as_ref().unwrap_err(), "no"),
            key => assert_eq!(known.as_ref().unwrap_err(), "it is stripped", "{key}"),
        }
    }
    assert_eq!(
        moment.sentence("1 x"),
        "1 x takes 100.0 MB of memory; how much of it the program holds is not known."
    );
}

#[test]
fn a_difference_below_zero_is_not_shown() {
    let odd = Counters { heap_live: 6 * MB, ..counters() };
    let moment = Moment::of(&[Ok(odd)], &process(99 * MB), Err("".into()));
    assert!(moment.gaps.unwrap_err().contains("while it was read"));
    let more = Process { rss: Ok(MB), ..process(3 * MB) };
    assert!(Moment::of(&[Ok(counters())], &more, Err("".into())).other.is_err());
}

#[test]
fn the_sentence_names_the_largest_part() {
    let say = |counters| {
        Moment::of(&[Ok(counters)], &process(95 * MB), Err("".into())).sentence("4 server")
    };
    assert_eq!(
        say(counters()),
        "4 server takes 100.0 MB of memory and holds 3.0 MB of it. The largest part, 80.0 MB, is kept free by the runtime."
    );
    let full = Counters { heap_live: 90 * MB, heap_in_use: 91 * MB, heap_free: 0, ..counters() };
    assert_eq!(
        say(full),
        "4 server takes 100.0 MB of memory and holds 90.0 MB of it. No other part is as large."
    );
    let empty = Counters { heap_live: 900 * MB, heap_in_use: 901 * MB, ..counters() };
    assert!(say(empty).contains("holds 900.0 MB, a part of it never touched."));
}

#[test]
fn what_is_not_in_memory_is_not_the_largest_part_of_it() {
    let known = |megabytes: u64| Ok(megabytes * MB);
    let mut moment = Moment {
        kind: Kind::Process,
        held: known(3),
        gaps: known(1),
        kept: known(5),
        stacks: known(0),
        tables: known(39),
        layer: known(65),
        other: known(0),
        file: known(2),
        untouched: known(102),
        rss: known(13),
    };
    let largest = |moment: &Moment| moment.largest().unwrap().0.key;
    assert_eq!(largest(&moment), "kept");
    let sentence = Moment { rss: known(4), ..moment.clone() }.sentence("x");
    let end = "part, 5.0 MB, is kept free by the runtime, and not all of it was ever touched.";
    assert!(sentence.ends_with(end), "{sentence}");
    // Not measured: as much as the parts are more than the whole.
    moment.untouched = Err("not measured".into());
    moment.file = Err("not measured".into());
    assert_eq!(largest(&moment), "kept");
    (moment.untouched, moment.rss) = (known(70), known(45));
    assert_eq!(largest(&moment), "tables");
    (moment.untouched, moment.rss) = (known(0), known(115));
    assert_eq!(largest(&moment), "layer");
}

#[test]
fn megabytes_are_rounded_and_grouped() {
    assert_eq!(megabytes(83_849_999), "83.8 MB");
    assert_eq!(megabytes(999_950_000), "1,000.0 MB");
    assert_eq!(megabytes(u64::MAX), "18,446,744,073,709.6 MB");
    assert_eq!(megabytes(0), "0.0 MB");
}
