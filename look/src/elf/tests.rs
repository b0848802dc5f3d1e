use super::{Image, Segment, parse_build_info};
use crate::layout::Machine;
use crate::process::Mapping;
use std::collections::HashMap;

#[test]
fn the_release_is_read_from_build_information() {
    let mut data = b"\xff Go buildinf:\x08\x02".to_vec();
    data.resize(32, 0);
    data.extend(b"\x08go1.26.8and more");
    assert_eq!(parse_build_info(&data).as_deref(), Some("go1.26.8"));
    data[35] = 0x1b;
    assert_eq!(parse_build_info(&data).as_deref(), Some("go?.26.8"), "no order for a terminal");
    data[35] = b'1';
    data[15] = 0;
    assert_eq!(parse_build_info(&data), None, "pointers, as before Go 1.18");
    data[15] = 2;
    assert_eq!(parse_build_info(&data[..36]), None, "cut off");
}

#[test]
fn the_load_address_is_that_of_a_mapped_segment() {
    let segment = |offset, address, writable| Segment { offset, address, size: 0x1800, writable };
    let image = Image {
        machine: Machine::Amd64,
        version: None,
        symbols: HashMap::new(),
        offsets: None,
        has_dwarf: false,
        segments: vec![segment(0, 0, false), segment(0x2e10, 0x3e10, true)],
    };
    let mapping = Mapping { start: 0x7f00_0000_3000, offset: 0x2000, ..Mapping::default() };
    let bias = image.bias(&[&mapping]).unwrap();
    assert_eq!(bias, 0x7f00_0000_0000);
    assert_eq!(image.variables(bias).collect::<Vec<_>>(), [(bias + 0x3000, bias + 0x6000)]);
}
