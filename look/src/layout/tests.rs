use super::{Machine, Offsets, RELEASES, TABLE, Types, minor};
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

/// The sections of a program with one unit: structures of which each has so many fields, all of
/// the next structure.
fn nested(structures: u8, fields: u8) -> impl FnMut(&str) -> Vec<u8> {
    // A unit; a structure with its name, its size and its fields; a field with its name, its
    // type and its place; the innermost type. By the numbers of DWARF 4.
    let abbreviations = [
        &[1, 0x11, 1, 0x03, 0x08, 0, 0][..],
        &[2, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b, 0, 0],
        &[3, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x38, 0x0b, 0, 0],
        &[4, 0x24, 0, 0x0b, 0x0b, 0, 0, 0],
    ]
    .concat();
    let mut info = vec![0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 8];
    info.extend(b"\x01runtime\0");
    let first = info.len();
    let name = b"\x02runtime.mheap\0\x08";
    let size = name.len() + usize::from(fields) * 9 + 1;
    for structure in 0..usize::from(structures) {
        info.extend(name);
        for field in 0..fields {
            info.extend([3, b'a' + field % 26, b'a' + field / 26, 0]);
            let next = u32::try_from(first + (structure + 1) * size).unwrap();
            info.extend(next.to_le_bytes());
            info.push(0);
        }
        info.push(0);
    }
    info.extend([4, 8, 0]);
    let length = u32::try_from(info.len() - 4).unwrap();
    info[..4].copy_from_slice(&length.to_le_bytes());
    move |name| match name {
        ".debug_info" => info.clone(),
        ".debug_abbrev" => abbreviations.clone(),
        _ => Vec::new(),
    }
}

#[test]
fn fields_without_end_are_not_followed() {
    let few = Types::load(nested(2, 3));
    assert_eq!(few.find("mheap", "#size"), Some(8));
    assert_eq!(few.find("mheap", "ba.ca"), Some(0));
    // 100 to the power of 5: they would take hours, and more memory than there is.
    let many = Types::load(nested(5, 100));
    assert!(many.count() < 1 << 18, "{} fields", many.count());
}
