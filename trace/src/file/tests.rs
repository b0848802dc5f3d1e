use super::{End, Trace};
use crate::format::header::Header;
use crate::format::slot::{Slot, kind};
use crate::format::{HEADER, SLOT};
use crate::sample;
use crate::write::Writer;

fn bytes(calls: u64) -> Vec<u8> {
    let mut to = Writer::new(Vec::new(), &Header { random: 5, ..Header::default() }).unwrap();
    for i in 0..calls {
        let a = 4096 * i;
        to.slot(&Slot { kind: kind::USED, time: i, a, b: 4096, ..Slot::default() }).unwrap();
    }
    to.finish().unwrap()
}

fn open(bytes: Vec<u8>) -> Trace {
    Trace::new(Box::new(bytes)).unwrap()
}

#[test]
fn a_trace_that_is_being_written_ends_where_it_ends() {
    for zeros in [0, 7, 32, 4096, 300 << 10] {
        let mut bytes = bytes(10);
        bytes.resize(bytes.len() + zeros, 0);
        let trace = open(bytes);
        assert_eq!((trace.calls, trace.end), (10, End::Open), "{zeros}");
    }
    // A slot of which all but the check word was written is none.
    let mut half = bytes(10);
    let at = half.len() - SLOT;
    half[at..at + 4].fill(0);
    assert_eq!((open(half.clone()).calls, open(half).end), (9, End::Open));
    // So is one that is cut off.
    let mut cut = bytes(10);
    cut.truncate(cut.len() - 5);
    assert_eq!((open(cut.clone()).calls, open(cut).end), (9, End::Open));
}

#[test]
fn damage_is_found_where_it_is() {
    for call in [0, 3, 9] {
        for at in [0, 4, 9, 31] {
            let mut bytes = bytes(10);
            bytes[HEADER + SLOT * call + at] ^= 0x20;
            let trace = open(bytes);
            assert_eq!((trace.calls, trace.end), (call as u64, End::Damaged(call as u64)));
        }
    }
    // A hole, as a lost page leaves it.
    let mut hole = bytes(10);
    hole[HEADER + SLOT * 4..HEADER + SLOT * 6].fill(0);
    assert_eq!(open(hole).end, End::Damaged(4));
    // Slots in another order, or of another place.
    let mut swapped = bytes(10);
    let (a, b) = (HEADER + SLOT * 2, HEADER + SLOT * 3);
    for i in 0..SLOT {
        swapped.swap(a + i, b + i);
    }
    assert_eq!(open(swapped).end, End::Damaged(2));
    // Far behind the end.
    let mut far = bytes(10);
    far.resize(far.len() + (3 << 20), 0);
    let last = far.len() - 32;
    far[last] = 1;
    assert_eq!(open(far).end, End::Damaged(10));
}

#[test]
fn what_follows_damage_changes_nothing() {
    let mut bytes = sample::write(Vec::new(), 2000).unwrap();
    let whole = open(bytes.clone());
    assert!(whole.is_complete());
    let from = HEADER + SLOT * usize::try_from(whole.slots / 2).unwrap();
    bytes[from..].fill(0xa5);
    let trace = open(bytes);
    assert!(matches!(trace.end, End::Damaged(call) if call == trace.calls && call < 2000));
    let (mut a, mut b) = (whole.events(), trace.events());
    while let Some(event) = b.read().unwrap() {
        // The last call may have had more behind it.
        let other = a.read().unwrap().unwrap();
        assert!(event == other || b.read().unwrap().is_none(), "{event:?}, {other:?}");
    }
}

#[test]
fn kinds_of_a_later_minor_version_are_skipped() {
    let header = Header { random: 5, minor: 9, ..Header::default() };
    let mut to = Writer::new(Vec::new(), &header).unwrap();
    for kind in [kind::USED, 200, kind::USED, 255] {
        to.slot(&Slot { kind, ..Slot::default() }).unwrap();
    }
    let trace = open(to.finish().unwrap());
    assert_eq!((trace.calls, trace.slots, trace.end), (2, 4, End::Open));
}

#[test]
fn indexes_can_be_defined_anew() {
    let mut to = Writer::new(Vec::new(), &Header::default()).unwrap();
    let names = [&b"one"[..], b"two, which takes more than sixteen bytes", b"", b"z\0\0"];
    for name in names {
        to.name(3, name).unwrap();
        to.slot(&Slot { kind: kind::ALLOC, name: 3, a: 1, ..Slot::default() }).unwrap();
    }
    let trace = open(to.finish().unwrap());
    let mut events = trace.events();
    for name in names {
        let Some(crate::event::Event::Call(call)) = events.read().unwrap() else { panic!() };
        assert_eq!(trace.definitions.name(call.name), name);
    }
}
