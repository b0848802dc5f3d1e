use super::{Goals, Retain, lines};
use crate::model::Counters;

const MB: u64 = 1_000_000;

fn say(goals: Goals) -> String {
    let counters = Counters {
        heap_live: 3 * MB,
        heap_in_use: 5 * MB,
        heap_free: 80 * MB,
        mapped_ready: 90 * MB,
        ..Counters::default()
    };
    lines(&counters, &goals).join("\n")
}

fn goals() -> Goals {
    Goals {
        gc_percent: 100,
        memory_limit: i64::MAX,
        heap_goal: 7 * MB,
        retain: Retain::Bytes(10 * MB),
        collections: 4,
        last_collection: Some(150),
    }
}

#[test]
fn what_is_above_the_goal_is_said_to_come_back() {
    let text = say(goals());
    assert!(text.contains("gives 75.0 MB back"), "{text}");
    assert!(text.contains("last of 4 collections was 2 min ago; the next is to end at 7.0 MB (GOGC=100), 4.0 MB from now"), "{text}");
    assert!(!text.contains("GOMEMLIMIT is"), "{text}");
}

#[test]
fn what_is_below_the_goal_stays() {
    assert!(say(Goals { retain: Retain::Bytes(85 * MB), ..goals() }).contains("stay"));
    assert!(say(Goals { retain: Retain::All, ..goals() }).contains("stay until the next"));
    let none = Goals { retain: Retain::All, collections: 0, ..goals() };
    assert!(say(none).contains("before the first collection"));
    assert!(say(Goals { retain: Retain::Unknown, ..goals() }).contains("not known"));
}

#[test]
fn limits_are_named() {
    let off = Goals { gc_percent: -1, memory_limit: 64_000_000, ..goals() };
    assert!(say(off).contains("GOGC is off"));
    assert!(say(off).contains("GOMEMLIMIT is 64.0 MB, and the runtime has 90.0 MB"));
    assert!(say(Goals { memory_limit: 100_000_000, ..goals() }).contains("has 90.0 MB of that"));
}
