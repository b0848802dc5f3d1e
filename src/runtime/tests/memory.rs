//! What free memory and its headers contain, and the counters.

use super::{P, TOP, layer, layer_page, used};
use crate::addr::clear;
use crate::config::{Check, Config, Profile};
use crate::error::Error;
use crate::freelist::Fault;
use crate::memhdr::{MemHdr, MemHdrPtr, load, store};
use crate::os::fake::Fake;
use crate::runtime::Sbrk;

#[test]
fn mem_check_tells_each_fault_apart() {
    let header = |next, size| MemHdr { next: MemHdrPtr::at(next), size };
    let clean = used(&Config::default());
    assert_eq!(clean.checked(), Ok(()));
    let [one, three] = [1, 3].map(|i| layer_page(&clean, i));
    let zeros = "mem: uninitialised memory";
    let other = "mem: header overwritten";
    let in_one = Fault::Overwritten { block: one };
    let cases = [
        (one, header(one, P), Fault::InfiniteLoop { block: one }, "mem: infinite loop"),
        (
            three,
            header(one, P),
            Fault::Unordered { block: three, next: one },
            "mem: unordered list",
        ),
        (
            one,
            header(three, 3 * P),
            Fault::Overlapping { block: one, size: 3 * P, next: three },
            "mem: overlapping blocks",
        ),
        (one + 16, header(0, 1), Fault::Uninitialised { addr: one + 24 }, zeros),
        (three + P - 16, header(1, 0), Fault::Uninitialised { addr: three + P - 16 }, zeros),
        (clean.bloc(), header(0, 1), Fault::Uninitialised { addr: clean.bloc() + 8 }, zeros),
        (one, header(three + 8, P), in_one, other),
        (one, header(three, 0), in_one, other),
        (one, header(0, P), in_one, other),
        (three, header(0, TOP), Fault::Overwritten { block: three }, other),
    ];
    for (at, words, fault, text) in cases {
        // SAFETY: inside the segment.
        let was = unsafe { load(at) };
        // SAFETY: as above.
        unsafe { store(at, words) };
        assert_eq!(clean.checked(), Err(fault));
        assert_eq!(fault.text(), text);
        // SAFETY: as above.
        unsafe { store(at, was) };
        assert_eq!(clean.checked(), Ok(()));
    }
}

#[test]
fn the_full_check_finds_a_dirty_body_when_it_is_handed_out() {
    let mut layer = used(&Config { check: Check::Full, ..Config::default() });
    for body in [layer_page(&layer, 1) + 64, layer_page(&layer, 6) + 64] {
        // SAFETY: inside the segment: a write after free.
        unsafe { store(body, MemHdr { next: MemHdrPtr::at(1), size: 0 }) };
        let before = layer.snapshot();
        assert_eq!(layer.alloc(P), Err(Error::Dirty));
        assert_eq!(layer.reserve(0, P), Err(Error::Dirty));
        assert!(layer.snapshot() == before);
        // SAFETY: as above.
        unsafe { clear(body, 16) };
        // Two holes and then the page that went back to the break.
        for _ in 0..2 {
            layer.alloc(P).unwrap();
        }
    }
}

#[test]
fn an_overwritten_header_poisons_the_heap() {
    type Call = fn(&mut Sbrk<Fake>) -> Option<Error>;
    let calls: &[Call] = &[
        |l| l.alloc(P).err(),
        |l| l.free(layer_page(l, 2), P).err(),
        |l| l.free(layer_page(l, 0), P).err(),
        |l| l.free(layer_page(l, 4), P).err(),
        |l| l.aligned(2 * P, 8 * P).err(),
    ];
    for (i, call) in calls.iter().enumerate() {
        for bit in 0..128 {
            let mut layer = used(&Config::default());
            // The calls look at the header of page 1, or of page 3.
            let at = layer_page(&layer, if i < 3 { 1 } else { 3 });
            let at = at + bit / 64 * 8;
            // SAFETY: inside the segment: a write after free.
            let was = unsafe { load(at) };
            let flipped = MemHdrPtr::at(was.next.addr() ^ 1 << (bit % 64));
            // SAFETY: as above.
            unsafe { store(at, MemHdr { next: flipped, ..was }) };
            let before = layer.snapshot();
            assert_eq!(call(&mut layer), Some(Error::Corrupt), "call {i}, bit {bit}");
            assert!(layer.snapshot() == before, "call {i}, bit {bit}");
            // SAFETY: as above.
            unsafe { store(at, was) };
            assert_eq!(layer.alloc(P), Err(Error::Corrupt), "nothing is given any more");
        }
    }
}

#[test]
fn slack_before_go_1_24_is_not_linked_to_a_wrong_header() {
    const P: usize = Profile::WasmGo121.page_size();
    let mut layer = layer(&Config { profile: Profile::WasmGo121, ..Config::default() });
    let block = layer.alloc(P).unwrap();
    layer.alloc(P).unwrap();
    layer.free(block, P).unwrap();
    // SAFETY: inside the segment: a write after free.
    unsafe { store(block, MemHdr { next: MemHdrPtr::NIL, size: 2 * P }) };
    let before = layer.snapshot();
    assert_eq!(layer.aligned(P, 4 * P), Err(Error::Corrupt));
    assert!(layer.snapshot() == before, "the memory has grown");
}

#[test]
fn memory_that_is_handed_out_is_zero() {
    let mut layer = layer(&Config::default());
    let dirty = |layer: &mut Sbrk<Fake>, at: usize, n: usize| {
        for word in (at..at + n).step_by(16) {
            // SAFETY: the test's own region.
            assert_eq!(unsafe { load(word) }, MemHdr::ZERO, "at +{:#x}", word - layer.base());
            // SAFETY: as above.
            unsafe { store(word, MemHdr { next: MemHdrPtr::at(TOP), size: TOP }) };
        }
    };
    for round in 1..40 {
        let n = round % 5 + 1;
        let a = layer.alloc(n * P).unwrap();
        dirty(&mut layer, a, n * P);
        let b = layer.aligned(P, n.next_power_of_two() * P).unwrap();
        dirty(&mut layer, b.addr, b.size);
        layer.free(a, P).unwrap();
        if round % 3 == 0 {
            layer.free(b.addr, b.size).unwrap();
        }
        layer.checked().unwrap();
    }
}

#[test]
fn the_counters_add_up() {
    let layer = used(&Config { start: 3 * P, ..Config::default() });
    let stats = layer.stats();
    assert_eq!(stats.in_use, 4 * P);
    assert_eq!((stats.free, stats.free_blocks), (2 * P, 2));
    assert_eq!(stats.in_use + stats.free, layer.bloc() - layer.base() - 3 * P);
    assert_eq!(stats.high_water, 10 * P);
    assert_eq!((stats.growths, stats.refusals), (6, 0));
    let names: Vec<_> = layer.by_name().iter().map(|row| (row.calls, row.bytes)).collect();
    assert_eq!(names, [(6, 7 * P as u64)]);
}
