use super::stat::moment;
use gosbrk_trace::stat::At;

#[test]
fn moments_are_times_or_calls() {
    assert_eq!(moment("5.2s"), Ok(At::Time(5_200_000_000)));
    assert_eq!(moment("5"), Ok(At::Time(5_000_000_000)));
    assert_eq!(moment("0.000000001s"), Ok(At::Time(1)));
    assert_eq!(moment("1.5ms"), Ok(At::Time(1_500_000)));
    assert_eq!(moment("#9624"), Ok(At::Call(9624)));
    for bad in ["", "s", "-1s", "5x", "#", "#-1", "1.s.2", "1.0000000001s", "99999999999999999s"] {
        assert!(moment(bad).is_err(), "{bad}");
    }
}
