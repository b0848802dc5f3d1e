//! Calls that are refused, and change nothing.

use super::{P, TOP, layer, layer_page, used};
use crate::config::{Check, Config, Profile};
use crate::error::Error;
use crate::os::fake::Fake;
use crate::runtime::Sbrk;

#[test]
fn every_refusal_leaves_everything_as_it_was() {
    type Call = (&'static str, fn(&mut Sbrk<Fake>) -> Option<Error>, Error);
    let calls: &[Call] = &[
        ("alloc 0", |l| l.alloc(0).err(), Error::Zero),
        ("alloc that rounds to 0", |l| l.alloc(TOP).err(), Error::Overflow),
        ("alloc past the end of addresses", |l| l.alloc(TOP - P + 1).err(), Error::Overflow),
        ("alloc too much", |l| l.alloc(1 << 40).err(), Error::NoMem),
        ("reserve 0", |l| l.reserve(0, 0).err(), Error::Zero),
        ("reserve that rounds to 0", |l| l.reserve(0, TOP).err(), Error::Overflow),
        ("reserve at the break, 0", |l| l.reserve(l.bloc(), 0).err(), Error::Zero),
        (
            "reserve at the break, wrapping",
            |l| l.reserve(l.bloc(), TOP - P + 1).err(),
            Error::Overflow,
        ),
        ("reserve at the break, too much", |l| l.reserve(l.bloc(), 1 << 40).err(), Error::NoMem),
        ("free of 0 bytes", |l| l.free(layer_page(l, 0), 0).err(), Error::Zero),
        ("free of 0 bytes at the break", |l| l.free(l.bloc(), 0).err(), Error::Zero),
        ("free that rounds to 0", |l| l.free(layer_page(l, 0), TOP).err(), Error::Overflow),
        ("free that wraps to the break", |l| l.free(l.bloc() + P, TOP - P + 1).err(), Error::Range),
        ("free off a page", |l| l.free(layer_page(l, 0) + 16, P).err(), Error::Unaligned),
        (
            "free off a page, up to the break",
            |l| l.free(l.bloc() - P + 16, P - 16).err(),
            Error::Unaligned,
        ),
        ("free below the segment", |l| l.free(l.base() - P, P).err(), Error::Range),
        ("free of what went back to the break", |l| l.free(l.bloc(), P).err(), Error::DoubleFree),
        ("free of a neighbour too", |l| l.free(layer_page(l, 4), 2 * P).err(), Error::Mismatch),
        (
            "free of a neighbour's first bytes",
            |l| l.free(layer_page(l, 4), P + 1).err(),
            Error::Mismatch,
        ),
        ("free across the break", |l| l.free(l.bloc() - P, 2 * P).err(), Error::Range),
        ("free above blocMax", |l| l.free(l.bloc_max() + P, P).err(), Error::Range),
        ("free of a free block", |l| l.free(layer_page(l, 1), P).err(), Error::DoubleFree),
        (
            "free that runs into a free block",
            |l| l.free(layer_page(l, 0), 2 * P).err(),
            Error::DoubleFree,
        ),
        (
            "free that begins in a free block",
            |l| l.free(layer_page(l, 3), 2 * P).err(),
            Error::DoubleFree,
        ),
        (
            "free over a free block to the break",
            |l| l.free(layer_page(l, 2), 4 * P).err(),
            Error::DoubleFree,
        ),
        ("aligned reserve of 0 bytes", |l| l.aligned(0, P).err(), Error::Zero),
        ("aligned reserve at 0", |l| l.aligned(P, 0).err(), Error::Align),
        ("aligned reserve at 3 pages", |l| l.aligned(P, 3 * P).err(), Error::Align),
        ("aligned reserve off a page", |l| l.aligned(P + 16, P).err(), Error::Unaligned),
        ("aligned reserve whose sum wraps", |l| l.aligned(TOP - P + 1, P).err(), Error::Overflow),
        (
            "aligned reserve whose break wraps",
            |l| l.aligned(TOP - 4 * P + 1, P).err(),
            Error::Overflow,
        ),
        ("aligned reserve too large", |l| l.aligned(1 << 40, P).err(), Error::NoMem),
    ];
    for check in [Check::Fast, Check::Full] {
        let mut layer = used(&Config { check, ..Config::default() });
        let before = layer.snapshot();
        for (i, (what, call, error)) in calls.iter().enumerate() {
            assert_eq!(call(&mut layer), Some(*error), "{what}");
            assert!(layer.snapshot() == before, "{what} changed something");
            assert_eq!(layer.stats().refusals, i as u64 + 1, "{what}");
        }
        assert_eq!(layer.alloc(P), Ok(layer_page(&layer, 1)), "the layer works on");
    }
}

#[test]
fn a_hint_elsewhere_is_declined_without_an_error() {
    let mut layer = used(&Config::default());
    let before = layer.snapshot();
    for hint in [layer.base(), layer.bloc() + P, layer.bloc() - P, 1] {
        for n in [0, 1, P, TOP] {
            assert_eq!(layer.reserve(hint, n), Ok(0));
        }
    }
    assert!(layer.snapshot() == before);
    assert_eq!(layer.stats().refusals, 0);
}

#[test]
fn free_of_nil_does_nothing() {
    let mut layer = used(&Config::default());
    let before = layer.snapshot();
    for n in [0, 1, P, TOP] {
        assert_eq!(layer.free(0, n), Ok(()));
    }
    assert!(layer.snapshot() == before);
}

#[test]
fn a_refused_growth_changes_nothing_and_can_be_tried_again() {
    for refusal in [Error::NoMem, Error::ForeignBreak] {
        for grants in 0..6 {
            let mut layer = layer(&Config::default());
            layer.os.refusal = refusal;
            layer.os.grants = grants;
            // The first page is there from the start.
            for i in 0..=grants {
                assert_eq!(layer.alloc(P), Ok(layer_page(&layer, i)));
            }
            let before = layer.snapshot();
            assert_eq!(layer.alloc(P), Err(refusal));
            assert_eq!(layer.reserve(layer.bloc(), P), Err(refusal));
            assert_eq!(layer.aligned(P, 4 * P), Err(refusal));
            assert!(layer.snapshot() == before);
            layer.os.grants = 1;
            assert_eq!(layer.alloc(P), Ok(layer_page(&layer, grants + 1)));
        }
    }
}

#[test]
fn pages_that_a_32_bit_memory_cannot_count_are_an_overflow() {
    for profile in [Profile::Wasm, Profile::WasmGo121] {
        let mut layer = layer(&Config { profile, ..Config::default() });
        assert_eq!(layer.alloc(1 << 48), Err(Error::Overflow));
        assert_eq!(layer.alloc((1 << 48) - 1), Err(Error::Overflow));
        assert_eq!(layer.alloc((1 << 48) - (1 << 16)), Err(Error::NoMem));
        assert_eq!(layer.alloc(1 << 47), Err(Error::NoMem));
    }
}

#[test]
fn a_configuration_that_contradicts_itself_changes_nothing() {
    let mut layer = used(&Config::default());
    let before = layer.snapshot();
    for bad in [
        Config { base: 1, ..Config::default() },
        Config { start: 2 * P, initial: P, ..Config::default() },
        Config { initial: 2 * P, limit: P, ..Config::default() },
        Config { start: TOP, ..Config::default() },
    ] {
        // SAFETY: nobody uses the layer meanwhile.
        assert_eq!(unsafe { layer.init(&bad) }, Err(Error::Config));
        assert!(layer.snapshot() == before);
    }
}

#[test]
fn a_layer_without_a_segment_has_nothing_to_give() {
    let mut layer = Sbrk::new(Fake::default());
    assert_eq!(layer.alloc(P), Err(Error::NoMem));
    assert_eq!(layer.free(P, P), Err(Error::NoMem));
    assert_eq!(layer.stats().resident, 0);
}
