use super::{Offsets, RELEASES, TABLE, minor};

#[test]
fn the_minor_release_is_found_in_what_programs_say() {
    assert_eq!(minor("go1.26.8 X:nogreenteagc"), Some("go1.26"));
    assert_eq!(minor("go1.27rc1"), Some("go1.27"));
    assert_eq!(minor("go1.21"), Some("go1.21"));
    assert_eq!(minor("devel go1.28-abc"), None);
    assert_eq!(minor("go1."), None);
}

#[test]
fn what_no_runtime_has_is_not_believed() {
    let good = TABLE[0].2;
    assert!(good.sane());
    assert!(!Offsets { bitmap_size: 0, ..good }.sane());
    assert!(!Offsets { chunks_inner: 0, ..good }.sane());
    assert!(!Offsets { chunks_count: u32::MAX, ..good }.sane());
    assert!(!Offsets { heap_free: 1 << 30, ..good }.sane());
}

#[test]
fn every_release_has_an_entry_and_others_have_none() {
    for release in RELEASES {
        assert!(Offsets::known(&format!("go{release}"), false).is_some(), "{release}");
    }
    assert!(Offsets::known("go1.20.14", false).is_none());
    assert!(Offsets::known("go1.99", false).is_none());
    assert!(TABLE.iter().all(|(_, compact, offsets)| offsets.compact() == *compact));
}
