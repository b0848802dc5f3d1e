use super::{Machine, Offsets, RELEASES, TABLE, minor};
use object::elf;

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
    let good = TABLE[0].1;
    assert!(good.sane());
    assert!(!Offsets { bitmap_size: 0, ..good }.sane());
    assert!(!Offsets { chunks_inner: 0, ..good }.sane());
    assert!(!Offsets { chunks_count: u32::MAX, ..good }.sane());
    assert!(!Offsets { heap_free: 1 << 30, ..good }.sane());
}

#[test]
fn every_release_has_an_entry_and_others_have_none() {
    let known = |machine, version: &str| Offsets::known(machine, version, false);
    for machine in [Machine::Amd64, Machine::Arm64] {
        for release in RELEASES {
            assert!(known(machine, &format!("go{release}")).is_some(), "{machine:?} {release}");
        }
        assert!(known(machine, "go1.20.14").is_none());
        assert!(known(machine, "go1.99").is_none());
    }
    assert!(TABLE.iter().all(|((_, _, compact), offsets)| offsets.compact() == *compact));
}

#[test]
fn a_machine_that_is_not_read_is_none() {
    assert_eq!(Machine::of(elf::EM_X86_64), Some(Machine::Amd64));
    assert_eq!(Machine::of(elf::EM_AARCH64), Some(Machine::Arm64));
    assert_eq!(Machine::of(elf::EM_RISCV), None);
}
