use super::Ranges;

#[test]
fn ranges_are_joined_and_cut() {
    let ranges = Ranges::new([(0x5000, 0x6001), (0x1000, 0x2000), (0x1800, 0x3000), (0, 0)]);
    assert_eq!(ranges.0, [(0x1000, 0x3000), (0x5000, 0x7000)]);
    let within: Vec<_> = ranges.within(0x2000, 0x6000).collect();
    assert_eq!(within, [(0x2000, 0x3000), (0x5000, 0x6000)]);
    assert_eq!(ranges.without(0x2000, 0x9000), [(0x3000, 0x5000), (0x7000, 0x9000)]);
    assert_eq!(ranges.without(0x8000, 0x9000), [(0x8000, 0x9000)]);
    assert_eq!(ranges.within(0x3000, 0x5000).count(), 0);
}
