//! What Go has nothing to compare with: refusals, hints, failures of the kernel.
//! That placement equals Go's is the lock-step engines' to prove.
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "runs of calls under one promise")]

use super::{Reserved, Sbrk};
use crate::addr::clear;
use crate::config::{Advice, Check, Config, Profile};
use crate::error::Error;
use crate::freelist::{Block, Fault};
use crate::memhdr::{MemHdr, MemHdrPtr, load, store};
use crate::os::Hint;
use crate::os::fake::Fake;

const P: usize = 4096;
const TOP: usize = usize::MAX;

fn layer(config: &Config) -> Sbrk<Fake> {
    let mut layer = Sbrk::new(Fake::default());
    // SAFETY: a layer of this test's own.
    unsafe { layer.init(config) }.unwrap();
    layer
}

/// A layer with live pages 0, 2, 4 and 5, free pages 1 and 3, and the break
/// behind page 5, one page below blocMax.
fn used(config: &Config) -> Sbrk<Fake> {
    let mut layer = layer(config);
    let pages = [0, 1, 2, 3, 4].map(|i| layer_page(&layer, i));
    for at in pages {
        assert_eq!(layer.alloc(P), Ok(at));
    }
    assert_eq!(layer.alloc(2 * P), Ok(pages[4] + P));
    for at in [pages[4] + 2 * P, pages[1], pages[3]] {
        assert_eq!(layer.free(at, P), Ok(()));
    }
    layer
}

fn layer_page(layer: &Sbrk<Fake>, i: usize) -> usize {
    layer.brk.start() + i * P
}

/// The calls under test, with the promises of this module: the tests write to
/// memory of their own only, but where a test is about just that.
impl Sbrk<Fake> {
    fn alloc(&mut self, n: usize) -> Result<usize, Error> {
        // SAFETY: see above.
        unsafe { self.sys_alloc_os(n, b"test") }
    }

    fn free(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: see above.
        unsafe { self.sys_free_os(v, n) }
    }

    fn reserve(&mut self, v: usize, n: usize) -> Result<usize, Error> {
        // SAFETY: see above.
        unsafe { self.sys_reserve_os(v, n, b"test") }
    }

    fn aligned(&mut self, size: usize, align: usize) -> Result<Reserved, Error> {
        // SAFETY: see above.
        unsafe { self.sys_reserve_aligned_sbrk(size, align) }
    }

    fn checked(&self) -> Result<(), Fault> {
        // SAFETY: see above.
        unsafe { self.mem_check() }
    }

    /// Everything a refused call must leave as it is.
    fn snapshot(&self) -> (usize, usize, usize, usize, Vec<Block>, Vec<[usize; 2]>) {
        let list = self.mem_freelist().collect();
        let bytes = (self.base()..self.end())
            .step_by(16)
            .map(|at| {
                // SAFETY: inside the segment.
                let words = unsafe { load(at) };
                [words.next.addr(), words.size]
            })
            .collect();
        (self.bloc(), self.bloc_max(), self.end(), self.in_use, list, bytes)
    }
}

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
