use super::after;
use std::time::{Duration, Instant};

#[test]
fn a_look_that_takes_long_is_followed_by_as_long_a_pause() {
    let start = Instant::now();
    let ms = Duration::from_millis;
    assert_eq!(after(start, start + ms(10), ms(1000)), start + ms(1000));
    assert_eq!(after(start, start + ms(500), ms(1000)), start + ms(1000));
    assert_eq!(after(start, start + ms(700), ms(1000)), start + ms(1400));
}
