use super::{Entry, change, size};
use gosbrk_look::change::Change;
use gosbrk_look::model::{Known, Moment};
use std::time::Duration;

pub type Figure = Result<u64, &'static str>;

/// A moment of which only these are known.
pub fn moment(rss: Figure, held: Figure, kept: Figure) -> Moment {
    let known = |figure: Figure| -> Known { figure.map_err(Into::into) };
    let not = || known(Err("it is a test"));
    Moment {
        kind: gosbrk_look::model::Kind::Process,
        held: known(held),
        gaps: not(),
        kept: known(kept),
        stacks: not(),
        tables: not(),
        layer: not(),
        other: not(),
        file: not(),
        untouched: not(),
        rss: known(rss),
    }
}

/// A program of which only these are known.
pub fn entry(pid: i32, rss: Figure, held: Figure, kept: Figure) -> Entry {
    Entry {
        pid,
        command: format!("program-{pid}"),
        go: Some("go1.27.3".into()),
        layout: Some("stock"),
        moment: moment(rss, held, kept),
        change: None,
    }
}

#[test]
fn what_is_unknown_is_never_a_number() {
    assert_eq!(size(&Ok(0)), "0.0 MB");
    assert_eq!(size(&Err("why".into())), "not known");
    let of = |bytes| {
        let mut rows = [None; 10];
        rows[9] = bytes;
        change(Some(&Change { over: Duration::from_secs(1), rows }), Change::rss)
    };
    assert_eq!(of(Some(0)), "0.0 MB");
    assert_eq!(of(Some(-1_500_000)), "-1.5 MB");
    assert_eq!(of(None), "not known");
    assert_eq!(change(None, Change::rss), "not yet");
}
