use super::interval;
use std::time::Duration;

#[test]
fn intervals_have_a_unit() {
    assert_eq!(interval("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(interval("2s"), Ok(Duration::from_secs(2)));
    assert_eq!(interval("1m"), Ok(Duration::from_secs(60)));
    for wrong in
        ["", "5", "s", "1h", "-1s", "1.5s", "5ms", "99999999999999999999s", "18446744073709551615m"]
    {
        assert!(interval(wrong).is_err(), "{wrong}");
    }
}
