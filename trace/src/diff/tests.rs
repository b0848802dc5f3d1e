use super::{Diff, Side, When};
use crate::file::Trace;
use crate::sample;
use crate::stat::At;
use gosbrk_look::model::ROWS;

fn made_up(calls: u64) -> Trace {
    Trace::new(Box::new(sample::write(Vec::new(), calls).unwrap())).unwrap()
}

fn side(trace: &Trace, when: When) -> Side {
    Side::of(trace, when, |_| ()).unwrap()
}

#[test]
fn what_changes_adds_up_and_is_sorted() {
    let trace = made_up(3000);
    let a = side(&trace, When::At(At::Call(300)));
    let b = side(&trace, When::Peak);
    let diff = Diff::of(&a, &b);
    let (rss, parts) = diff.rows.split_last().unwrap();
    assert_eq!(ROWS[rss.row].key, "rss");
    let changes: Vec<i128> = parts.iter().map(|row| row.change().unwrap()).collect();
    assert_eq!(changes.iter().sum::<i128>(), rss.change().unwrap());
    assert!(changes.is_sorted_by_key(|change| std::cmp::Reverse(change.unsigned_abs())));
    // The heap grew by what its growths say, and by nothing else.
    let of = |name: &str| diff.space.iter().find(|one| one.0 == name).cloned().unwrap();
    assert_eq!(of("heap index").1, of("heap index").2);
    let grown = diff.growths.iter().map(|(_, a, b)| b.bytes - a.bytes).sum::<u64>();
    assert!(grown > 0);
    let json = diff.json(&a, &b);
    assert_eq!(json["a"]["call"], 300);
    assert_eq!(json["rows"].as_array().unwrap().len(), ROWS.len());
}

/// The same moment against itself: nothing differs, in either order.
#[test]
fn nothing_differs_from_itself() {
    let trace = made_up(2000);
    let a = side(&trace, When::End);
    let b = side(&trace, When::At(At::Call(1999)));
    for diff in [Diff::of(&a, &b), Diff::of(&b, &a)] {
        assert!(diff.rows.iter().all(|row| row.change() == Some(0)));
        assert!(diff.growths.iter().all(|(_, a, b)| a == b));
        assert!(diff.space.iter().all(|(_, a, b)| a == b));
    }
}

/// Stacks are matched by their text: another run has them at other addresses.
#[test]
fn growths_of_two_runs_meet_by_their_functions() {
    let (short, long) = (made_up(1000), made_up(3000));
    let (a, b) = (side(&short, When::End), side(&long, When::End));
    let diff = Diff::of(&a, &b);
    let names = diff.growths.iter().map(|(stack, ..)| stack.sentence()).collect::<Vec<_>>();
    let both = diff.growths.iter().filter(|(_, a, b)| a.count > 0 && b.count > 0).count();
    assert!(both >= 2, "{names:?}");
    assert_eq!(diff.growths.len(), b.stat.growths.groups().len(), "{names:?}");
}
