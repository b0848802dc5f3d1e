//! Memory that its owner has locked with `mlock`: the kernel does not take such pages
//! back, and what is released, closed or freed reads as zero nevertheless.

#[path = "kernel/layer.rs"]
mod layer;

use gosbrk::{Advice, Config};
use layer::{Layer, P, first_byte, signal_of, touch};
use std::ptr::with_exposed_provenance_mut as pointer;

/// Locks a range into memory; false where this user may not.
fn lock(at: usize, n: usize) -> bool {
    // SAFETY: the test's own region.
    unsafe { libc::mlock(pointer(at), n) == 0 }
}

#[test]
fn locked_pages_read_as_zero_once_they_are_not_used() {
    let mut layer = Layer::new(&Config { advice: Advice::Os, ..Config::default() });
    let at = layer.alloc(16 * P).unwrap();
    touch(at, 16 * P);
    if !lock(at + 4 * P, 4 * P) {
        return eprintln!("skipped: locked pages: this user may lock none");
    }
    // SAFETY: the test's own region.
    unsafe { layer.0.sys_unused_os(at, 8 * P) }.unwrap();
    assert_eq!(layer.resident(), 8 * P);
    for page in 0..16 {
        assert_eq!(first_byte(at + page * P), u8::from(page >= 8), "page {page}");
    }
    assert!(!layer.0.need_zero_after_sys_unused_os());
}

#[test]
fn locked_pages_fault_and_read_as_zero_when_they_are_mapped_again() {
    let mut layer = Layer::new(&Config { advice: Advice::Os, ..Config::default() });
    let at = layer.alloc(16 * P).unwrap();
    touch(at, 16 * P);
    if !lock(at, 4 * P) {
        return eprintln!("skipped: locked pages: this user may lock none");
    }
    // SAFETY: the test's own region.
    unsafe { layer.0.sys_fault_os(at, 8 * P) }.unwrap();
    assert_eq!(signal_of(|| _ = first_byte(at)), libc::SIGSEGV);
    // SAFETY: as above.
    unsafe { layer.0.sys_map_os(at, 8 * P, b"") }.unwrap();
    assert!((0..8).all(|page| first_byte(at + page * P) == 0));
    assert_eq!(first_byte(at + 8 * P), 1);
}

#[test]
fn locked_pages_are_zero_when_they_are_handed_out_again() {
    for pages in [8, 64, 2048] {
        let mut layer = Layer::new(&Config::default());
        let at = layer.alloc(pages * P).unwrap();
        layer.alloc(P).unwrap();
        touch(at, pages * P);
        if !lock(at, 8 * P) {
            return eprintln!("skipped: locked pages: this user may lock none");
        }
        layer.free(at, pages * P);
        assert_eq!(layer.alloc(pages * P), Ok(at));
        assert!((0..pages).all(|page| first_byte(at + page * P) == 0), "{pages} pages");
    }
}
