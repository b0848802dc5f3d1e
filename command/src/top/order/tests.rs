use super::Sort;
use crate::top::entry::Entry;
use crate::top::entry::tests::entry;
use gosbrk_look::change::Change;
use std::time::Duration;

fn sorted(sort: Sort, entries: &[Entry]) -> Vec<i32> {
    let mut entries = entries.to_vec();
    sort.sort(&mut entries);
    entries.iter().map(|entry| entry.pid).collect()
}

#[test]
fn the_largest_comes_first_and_the_unknown_last() {
    let mut entries = vec![
        entry(30, Ok(5), Ok(7), Ok(1)),
        entry(10, Err("why"), Ok(0), Ok(2)),
        entry(20, Ok(9), Err("why"), Ok(0)),
        entry(5, Ok(5), Ok(3), Err("why")),
    ];
    assert_eq!(sorted(Sort::Rss, &entries), [20, 5, 30, 10]);
    assert_eq!(sorted(Sort::Held, &entries), [30, 5, 10, 20]);
    assert_eq!(sorted(Sort::Kept, &entries), [10, 30, 20, 5]);
    assert_eq!(sorted(Sort::Pid, &entries), [5, 10, 20, 30]);
    // What has become less comes behind what stays, and that of which it is not known last.
    for (entry, bytes) in entries.iter_mut().zip([Some(-5), Some(0), None, Some(7)]) {
        let mut change = Change { over: Duration::from_secs(1), rows: [None; 10] };
        change.rows[9] = bytes;
        entry.change = Some(change);
    }
    assert_eq!(sorted(Sort::Change, &entries), [5, 10, 30, 20]);
    entries[3].change = None;
    assert_eq!(sorted(Sort::Change, &entries), [10, 30, 5, 20]);
}

#[test]
fn one_gets_to_each_order_and_back() {
    let mut sort = Sort::Rss;
    let mut names = Vec::new();
    loop {
        names.push(sort.name());
        sort = sort.next();
        if sort == Sort::Rss {
            break;
        }
    }
    assert_eq!(names, ["RSS", "held", "kept free", "change", "pid"]);
}
