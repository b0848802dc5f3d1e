//! What reaches the kernel under either advice.

use super::{P, TOP, layer_page, used};
use crate::config::{Advice, Config};
use crate::error::Error;
use crate::os::Hint;

#[test]
fn with_the_go_advice_no_hint_reaches_the_kernel() {
    let mut layer = used(&Config::default());
    // SAFETY: nothing is done.
    unsafe {
        assert_eq!(layer.sys_unused_os(1, TOP), Ok(()));
        assert_eq!(layer.sys_fault_os(0, P), Ok(()));
        assert_eq!(layer.sys_map_os(3, 5, b"heap"), Ok(()));
    }
    assert_eq!(layer.os.hints, []);
    assert!(layer.need_zero_after_sys_unused_os());
}

#[test]
fn with_the_os_advice_each_hint_reaches_the_kernel() {
    let mut layer = used(&Config { advice: Advice::Os, ..Config::default() });
    let at = layer_page(&layer, 4);
    // SAFETY: pages 4 and 5 are this test's.
    unsafe {
        layer.sys_used_os(at, P).unwrap();
        layer.sys_unused_os(at, P).unwrap();
        layer.sys_huge_page_os(at + 1, P).unwrap();
        layer.sys_no_huge_page_os(at, P).unwrap();
        layer.sys_huge_page_collapse_os(at, P).unwrap();
        layer.sys_fault_os(at, 2 * P).unwrap();
        layer.sys_map_os(at, P - 1, b"heap").unwrap();
        layer.sys_used_os(at, 2 * P).unwrap();
    }
    let want = [
        (Hint::Release, 4 * P, P),
        (Hint::HugePage, 4 * P + 1, P),
        (Hint::NoHugePage, 4 * P, P),
        (Hint::Collapse, 4 * P, P),
        (Hint::Fault, 4 * P, 2 * P),
        (Hint::Access, 4 * P, P),
        (Hint::Access, 4 * P, 2 * P),
    ];
    assert_eq!(layer.os.hints, want, "nothing to open before the first fault");
    assert!(!layer.need_zero_after_sys_unused_os());
}

#[test]
fn what_may_have_been_closed_is_opened_before_it_is_cleared() {
    let mut layer = used(&Config { advice: Advice::Os, ..Config::default() });
    let at = layer_page(&layer, 4);
    layer.os.refused_hint = Some(Hint::Fault);
    // SAFETY: page 4 is this test's.
    unsafe {
        assert_eq!(layer.sys_fault_os(at, P), Err(Error::NoMem));
        layer.sys_free_os(at, P).unwrap();
    }
    assert_eq!(layer.os.hints, [(Hint::Fault, 4 * P, P), (Hint::Access, 4 * P, P)]);
}

#[test]
fn what_was_closed_is_opened_before_it_is_cleared() {
    let mut layer = used(&Config { advice: Advice::Os, ..Config::default() });
    let at = layer_page(&layer, 4);
    // SAFETY: page 4 is this test's.
    unsafe { layer.sys_fault_os(at, P) }.unwrap();
    layer.free(at, P).unwrap();
    assert_eq!(layer.os.hints.last(), Some(&(Hint::Access, 4 * P, P)));
}

#[test]
fn with_the_os_advice_bad_hints_are_refused() {
    let mut layer = used(&Config { advice: Advice::Os, ..Config::default() });
    let before = layer.snapshot();
    let at = layer_page(&layer, 4);
    for (v, n, error) in [
        (at + 1, P, Error::Unaligned),
        (at, P - 1, Error::Unaligned),
        (at, 3 * P, Error::Range),
        (layer.bloc(), P, Error::Range),
        (0, P, Error::Range),
        (TOP - P + 1, P, Error::Range),
        (layer_page(&layer, 0), 2 * P, Error::Range),
    ] {
        // SAFETY: refused.
        assert_eq!(unsafe { layer.sys_unused_os(v, n) }, Err(error), "{v:#x} {n}");
    }
    // SAFETY: an empty range.
    assert_eq!(unsafe { layer.sys_unused_os(at, 0) }, Ok(()));
    assert_eq!(layer.os.hints, []);
    assert!(layer.snapshot() == before);
}
