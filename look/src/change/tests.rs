use super::Change;
use crate::model::{Counters, Moment, Process};
use std::time::Duration;

fn moment(heap_live: u64, rss: Result<u64, &'static str>) -> Moment {
    let counters = Counters { heap_live, heap_in_use: 100, ..Counters::default() };
    let process = Process { rss: rss.map_err(Into::into), file: Ok(0), resident: Ok(0) };
    Moment::of(&[Ok(counters)], &process, Err("none".into()))
}

#[test]
fn a_change_has_its_sign_and_is_unknown_where_a_moment_is() {
    let over = Duration::from_secs(1);
    let change = Change::between(&moment(70, Ok(500)), &moment(40, Ok(900)), over);
    assert_eq!(change.rows[..3], [Some(-30), Some(30), Some(0)]);
    assert_eq!((change.rows[5], change.rss()), (None, Some(400)));
    for (a, b) in [(Ok(1), Err("why")), (Err("why"), Ok(1))] {
        let change = Change::between(&moment(1, a), &moment(1, b), over);
        assert_eq!((change.rows[0], change.rss()), (Some(0), None));
    }
}
