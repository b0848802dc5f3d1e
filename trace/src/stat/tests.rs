use super::{At, Stat};
use crate::cursor::Cursor;
use crate::file::Trace;
use crate::format::header::Header;
use crate::sample;
use crate::write::Writer;

fn trace(calls: u64) -> Trace {
    Trace::new(Box::new(sample::write(Vec::new(), calls).unwrap())).unwrap()
}

/// A moment is the same by its call, by its time, and by going there forwards or back.
#[test]
fn a_moment_is_one_however_it_is_found() {
    let trace = trace(3000);
    let mut cursor = Cursor::new(&trace).unwrap();
    for call in [2999, 0, 1500, 1499, 1501, 17, 2998, 2998] {
        let stat = Stat::of(&trace, Some(At::Call(call)), |_| ()).unwrap();
        let at = stat.at.unwrap();
        assert_eq!(at.call, Some(call));
        let there = super::Moment::of(&trace, cursor.go(call).unwrap());
        assert_eq!(there.json(), at.json(), "call {call}");
        let by_time = Stat::of(&trace, Some(At::Time(at.ns.unwrap())), |_| ()).unwrap();
        assert_eq!(by_time.at.unwrap().json(), at.json(), "call {call}");
    }
}

#[test]
fn the_peak_is_the_highest_that_was_measured() {
    let trace = trace(3000);
    let stat = Stat::of(&trace, None, |_| ()).unwrap();
    let mut events = trace.events();
    let mut most = 0;
    while let Some(event) = events.read().unwrap() {
        if let crate::event::Event::Rss(all, _) = event {
            most = most.max(all);
        }
    }
    assert_eq!(stat.peak.unwrap().figures.0[9], Ok(most));
    assert_eq!(stat.end.call, Some(2999));
}

#[test]
fn a_trace_without_a_call_has_an_end() {
    let bytes = Writer::new(Vec::new(), &Header::default()).unwrap().finish().unwrap();
    let trace = Trace::new(Box::new(bytes)).unwrap();
    let stat = Stat::of(&trace, Some(At::Call(7)), |_| ()).unwrap();
    assert!(stat.peak.is_none());
    assert_eq!(stat.end.call, None);
    let json = stat.json(&trace);
    assert!(json["moments"]["peak"].is_null());
    assert!(json["moments"]["end"]["rss"].is_null());
    assert_eq!(json["moments"]["end"]["unknown"]["rss"], "this was not measured yet");
}
