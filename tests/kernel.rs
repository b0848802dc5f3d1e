//! The layer on the real kernel: hints that are read back, growth that meets
//! something, limits. Each test has a layer of its own.
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "runs of calls under one promise")]

#[path = "kernel/layer.rs"]
mod layer;

use gosbrk::os::linux::Linux;
use gosbrk::{Advice, Config, Error, Profile, Sbrk};
use layer::{Layer, MIB, P, first_byte, huge_pages, signal_of, smaps, touch};
use std::ptr::with_exposed_provenance_mut as pointer;

#[test]
fn the_base_is_aligned_and_the_segment_starts_there() {
    let mut layer = Layer::new(&Config::default());
    assert_eq!(layer.0.base() % (4 << 30), 0);
    assert_eq!(layer.alloc(1), Ok(layer.0.base()));
}

#[test]
fn memory_below_start_is_mapped_and_the_callers() {
    let layer = Layer::new(&Config { start: 3 * P - 1, initial: 8 * P, ..Config::default() });
    assert_eq!(layer.0.bloc() - layer.0.base(), 3 * P);
    assert_eq!(layer.0.bloc_max() - layer.0.base(), 8 * P);
    touch(layer.0.base(), 8 * P);
}

#[test]
fn growth_maps_exactly_what_was_asked_for() {
    let mut layer = Layer::new(&Config::default());
    let mut asked = 0;
    for n in [P, P, 3 * P, MIB, P, 64 * MIB, P] {
        let at = layer.alloc(n).unwrap();
        asked += n;
        let size = smaps(at, "Size:");
        let kib: usize = size.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert_eq!(kib << 10, asked, "{size}");
    }
}

#[test]
fn nothing_is_resident_before_it_is_touched() {
    let mut layer = Layer::new(&Config::default());
    layer.alloc(P).unwrap();
    // SAFETY: the test uses memory of its own only.
    let reserved = unsafe { layer.0.sys_reserve_aligned_sbrk(64 * MIB, 64 * MIB) }.unwrap();
    // The skipped slack, nearly 64 MiB, is on the free list: one header page.
    assert_eq!(layer.resident(), P);
    touch(reserved.addr, 10 * P);
    assert_eq!(layer.resident(), 11 * P);
    let at = layer.alloc(63 * MIB).unwrap();
    assert!(at < reserved.addr, "cut from the slack");
    assert_eq!(layer.resident(), 11 * P, "a tail is handed out untouched");
}

#[test]
fn a_free_clears_what_was_touched_and_makes_little_resident() {
    // On either side of each size where the way of clearing changes, and of the
    // stretches of 16 pages that are cleared or given back as one.
    for pages in [1, 2, 3, 31, 32, 33, 255, 256, 257, 700, 1023, 1024, 5000] {
        let mut layer = Layer::new(&Config::default());
        let at = layer.alloc(pages * P).unwrap();
        layer.alloc(P).unwrap();
        let touched: Vec<_> = (0..pages).filter(|page| page % 7 < 2 || page % 256 > 250).collect();
        // What begins with a page that was touched is cleared whole.
        let cleared = touched.iter().filter(|page| *page % 16 == 0).count() * 16;
        for page in &touched {
            touch(at + page * P, P);
        }
        assert_eq!(layer.resident(), touched.len() * P, "{pages} pages");
        layer.free(at, pages * P);
        // The header's page is one of those that were touched. Few pages are not looked
        // at.
        assert!(pages < 32 || layer.resident() <= cleared * P, "{pages} pages");
        assert_eq!(layer.alloc(pages * P), Ok(at));
        assert!((0..pages).all(|page| first_byte(at + page * P) == 0), "{pages} pages");
        // SAFETY: nobody writes to the segment meanwhile.
        unsafe { layer.0.mem_check() }.unwrap();
    }
}

#[test]
fn a_free_of_what_nobody_touched_makes_only_a_header_resident() {
    for pages in [32, 33, 256, 700, 1024] {
        let mut layer = Layer::new(&Config::default());
        let at = layer.alloc(pages * P).unwrap();
        layer.alloc(P).unwrap();
        layer.free(at, pages * P);
        assert_eq!(layer.resident(), P, "{pages} pages");
    }
}

#[test]
fn unused_gives_pages_back_and_reads_as_zero() {
    let mut layer = Layer::new(&Config { advice: Advice::Os, ..Config::default() });
    let at = layer.alloc(MIB).unwrap();
    touch(at, MIB);
    assert_eq!(layer.resident(), MIB);
    // SAFETY: the test's own region.
    unsafe { layer.0.sys_unused_os(at, MIB / 2) }.unwrap();
    assert_eq!(layer.resident(), MIB / 2);
    assert_eq!((first_byte(at), first_byte(at + MIB / 2)), (0, 1));
    assert!(!layer.0.need_zero_after_sys_unused_os());
}

#[test]
fn with_the_go_advice_unused_keeps_pages_and_bytes() {
    let mut layer = Layer::new(&Config::default());
    let at = layer.alloc(MIB).unwrap();
    touch(at, MIB);
    // SAFETY: the test's own region.
    unsafe { layer.0.sys_unused_os(at, MIB) }.unwrap();
    assert_eq!((layer.resident(), first_byte(at)), (MIB, 1));
    assert!(layer.0.need_zero_after_sys_unused_os());
}

#[test]
fn a_faulted_range_faults_until_it_is_mapped_again() {
    let mut layer = Layer::new(&Config { advice: Advice::Os, ..Config::default() });
    let at = layer.alloc(4 * P).unwrap();
    touch(at, 4 * P);
    // SAFETY: the test's own region.
    unsafe { layer.0.sys_fault_os(at + P, 2 * P) }.unwrap();
    assert_eq!(signal_of(|| touch(at + P, P)), libc::SIGSEGV);
    assert_eq!(signal_of(|| touch(at + 2 * P, P)), libc::SIGSEGV);
    assert_eq!(signal_of(|| touch(at, P)), 0);
    assert_eq!(signal_of(|| touch(at + 3 * P, P)), 0);
    // SAFETY: the test's own region.
    unsafe {
        layer.0.sys_map_os(at + P, P, b"heap").unwrap();
        layer.0.sys_used_os(at + 2 * P, P).unwrap();
    }
    assert_eq!((first_byte(at + P), first_byte(at + 2 * P)), (0, 0));
}

#[test]
fn a_faulted_range_can_be_freed_and_used_again() {
    let mut layer = Layer::new(&Config { advice: Advice::Os, ..Config::default() });
    let at = layer.alloc(2 * P).unwrap();
    layer.alloc(P).unwrap();
    touch(at, 2 * P);
    // SAFETY: the test's own region.
    unsafe { layer.0.sys_fault_os(at, 2 * P) }.unwrap();
    layer.free(at, 2 * P);
    assert_eq!(layer.alloc(2 * P), Ok(at));
    assert_eq!(first_byte(at), 0);
}

#[test]
fn huge_page_hints_are_seen_by_the_kernel() {
    // In a process where there may be some.
    assert_eq!(signal_of(give_huge_page_hints), 0);
}

fn give_huge_page_hints() {
    let mut layer = Layer::new(&Config { advice: Advice::Os, ..Config::default() });
    huge_pages(true);
    let at = layer.alloc(8 * MIB).unwrap();
    // SAFETY: the test's own region.
    unsafe {
        layer.0.sys_huge_page_os(at + 1, 4 * MIB).unwrap();
        layer.0.sys_no_huge_page_os(at + 6 * MIB, 2 * MIB).unwrap();
    }
    let flags = |at| smaps(at, "VmFlags:");
    assert!(!flags(at).contains(" hg"), "only whole huge pages inside: {}", flags(at));
    assert!(flags(at + 2 * MIB).contains(" hg"), "{}", flags(at + 2 * MIB));
    assert!(flags(at + 6 * MIB).contains(" nh"), "{}", flags(at + 6 * MIB));
    touch(at + 2 * MIB, 2 * MIB);
    // SAFETY: as above. Best effort: that it is accepted is all there is to see.
    unsafe { layer.0.sys_huge_page_collapse_os(at + 2 * MIB, 2 * MIB) }.unwrap();
    assert_eq!(first_byte(at + 2 * MIB), 1, "no contents change");
}

#[test]
fn something_in_the_way_of_the_break_is_left_alone() {
    let mut layer = Layer::new(&Config::default());
    layer.alloc(P).unwrap();
    let foreign = layer.0.bloc() + 4 * P;
    // SAFETY: a free address, as the flag demands.
    let got = unsafe {
        libc::mmap(
            pointer(foreign),
            P,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE,
            -1,
            0,
        )
    };
    assert_eq!(got.addr(), foreign);
    touch(foreign, P);
    let before = (layer.0.bloc(), layer.0.bloc_max());
    assert_eq!(layer.alloc(5 * P), Err(Error::ForeignBreak));
    assert_eq!((layer.0.bloc(), layer.0.bloc_max()), before);
    assert_eq!(first_byte(foreign), 1);
    assert_eq!(layer.alloc(4 * P), Ok(before.0), "up to it there is room");
    assert_eq!(layer.alloc(P), Err(Error::ForeignBreak));
    // SAFETY: mapped above.
    unsafe { libc::munmap(pointer(foreign), P) };
    assert_eq!(layer.alloc(P), Ok(foreign), "a retry works once it is gone");
}

#[test]
fn a_base_that_is_asked_for_is_had_or_refused() {
    let base = 0x3000_0000_0000;
    let layer = Layer::new(&Config { base, ..Config::default() });
    assert_eq!(layer.0.base(), base);
    let mut grown = Layer::new(&Config { base: base + (1 << 40), ..Config::default() });
    grown.alloc(P).unwrap();
    let mut second = Sbrk::new(Linux);
    // SAFETY: a layer of this test's own.
    let taken = unsafe { second.init(&Config { base: grown.0.base(), ..Config::default() }) };
    assert_eq!(taken, Err(Error::ForeignBreak));
}

#[test]
fn two_layers_choose_different_bases() {
    let mut one = Layer::new(&Config::default());
    one.alloc(P).unwrap();
    let mut two = Layer::new(&Config::default());
    two.alloc(P).unwrap();
    assert_ne!(one.0.base(), two.0.base());
}

#[test]
fn the_limit_is_reached_and_not_passed() {
    let config = Config { profile: Profile::Wasm, limit: 10 << 16, ..Config::default() };
    let mut layer = Layer::new(&config);
    layer.alloc(9 << 16).unwrap();
    assert_eq!(layer.alloc(2 << 16), Err(Error::NoMem));
    layer.alloc(1 << 16).unwrap();
    assert_eq!(layer.alloc(1), Err(Error::NoMem));
}

#[test]
fn a_wasm_memory_ends_at_4_gib() {
    let mut layer = Layer::new(&Config { profile: Profile::Wasm, ..Config::default() });
    layer.alloc(1 << 32).unwrap();
    assert_eq!(layer.alloc(1), Err(Error::NoMem));
}

#[test]
fn an_address_space_limit_is_an_ordinary_refusal() {
    let killed = signal_of(|| {
        let mut layer = Layer::new(&Config::default());
        let now = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: u64 = now.split(' ').next().unwrap().parse().unwrap();
        let most = pages * P as u64 + 32 * MIB as u64;
        let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
        // SAFETY: in a child of its own.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
        let mut given = 0;
        while let Ok(at) = layer.alloc(MIB) {
            touch(at, MIB);
            given += 1;
        }
        assert!((16..=32).contains(&given), "{given} MiB");
        assert_eq!(layer.alloc(MIB), Err(Error::NoMem));
        layer.free(layer.0.bloc() - MIB, MIB);
        layer.alloc(MIB).unwrap();
    });
    assert_eq!(killed, 0);
}

#[test]
fn init_again_gives_the_old_segment_back() {
    let mut layer = Layer::new(&Config::default());
    let at = layer.alloc(MIB).unwrap();
    // SAFETY: nobody uses the old segment.
    unsafe { layer.0.init(&Config { base: at, ..Config::default() }) }.unwrap();
    assert_eq!((layer.0.base(), layer.0.bloc_max()), (at, at));
    assert_eq!(signal_of(|| touch(at + P, P)), libc::SIGSEGV);
}
