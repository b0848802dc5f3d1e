//! Every bad call in every state: it is refused for the right reason, and not a
//! byte or a field changes; and every proper call is made.
//!
//! What is proper and what is not is decided a second time by the model of
//! `tests/arena`, from the rules alone.

mod arena;

use arena::heap::{same_bytes, with_os_advice};
use arena::{Heap, Memory, Model, Page, State, amount, heap, in_parts, long, states};
use gosbrk::runtime::Reserved;
use gosbrk::{Check, Error, Profile};
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

const HUGE: usize = usize::MAX;

/// Frees `[v, v+n)`, and compares what comes of it with the model. True if it
/// was refused, so that the heap is as it was.
#[track_caller]
fn free_and_compare(heap: &mut Heap, v: usize, n: usize, state: &State) -> bool {
    let verdict = heap.model.judge_free(v, n);
    let done = heap.free(v, n);
    let what = |heap: &Heap| {
        let at = v as i128 - heap.model.start as i128;
        format!("{state:?}, free of {n} bytes at {at:#x} from the first page")
    };
    match verdict {
        Err(error) => {
            assert_eq!(done, Err(error), "{}", what(heap));
            true
        }
        Ok(pages) => {
            assert_eq!(done, Ok(()), "{}", what(heap));
            if let Some(pages) = pages {
                heap.model.free(pages, n % heap.model.page_size() == 0);
            }
            heap.compare(|| what(heap));
            false
        }
    }
}

/// Tries every pair of address, as an offset from the first page, and size in a
/// state. Gives how many there were.
fn each_free(
    heap: &mut Heap,
    (state, apart): (&State, bool),
    offsets: impl Iterator<Item = isize>,
    sizes: &(impl Iterator<Item = usize> + Clone),
) -> u64 {
    state.build(heap, apart);
    heap.compare(|| format!("{state:?}"));
    let start = heap.model.start;
    let before = heap.image();
    let (mut calls, mut refused) = (0, 0);
    for offset in offsets {
        for n in sizes.clone() {
            calls += 1;
            if free_and_compare(heap, start.wrapping_add_signed(offset), n, state) {
                refused += 1;
            } else {
                state.build(heap, apart);
                refused = 0;
            }
        }
        // All refusals at this address at once: none of them changed a thing.
        let what = || format!("{state:?}, frees at {offset:#x} from the first page");
        heap.compare_state(what);
        same_bytes(heap.bytes(), &before, what);
        assert_eq!(heap.layer.stats().refusals, refused, "{}", what());
    }
    calls
}

/// Tries every pair in every state of at most `most` pages: addresses from below
/// the segment to beyond its end and sizes up to more than it has, in steps, and
/// sizes near each.
fn every_free(profile: Profile, apart: bool, most: usize, step: usize, near: &[isize]) {
    every_free_of(Heap::new, profile, apart, most, step, near);
}

/// The same in heaps that are made so.
fn every_free_of(
    new: fn(Profile, Check, usize) -> Heap,
    profile: Profile,
    apart: bool,
    most: usize,
    step: usize,
    near: &[isize],
) {
    let every = states::of(profile, most);
    let calls = in_parts(every.len(), |part| {
        let mut heap = new(profile, Check::Fast, most);
        let page = heap.model.page_size();
        // The page below the first is the caller's, and below it is nothing.
        let below = 1 + usize::from(step == page);
        let pages = |n: usize| isize::try_from(n * page).unwrap();
        let offsets = (-pages(below)..pages(most + below)).step_by(step);
        let sizes = (0..=(most + 1) * page).step_by(step);
        let sizes = sizes.flat_map(|n| near.iter().map(move |by| n.wrapping_add_signed(*by)));
        let each = |state| each_free(&mut heap, (state, apart), offsets.clone(), &sizes);
        every[part].iter().map(each).sum()
    });
    amount(&format!("{calls} frees in {} states, {profile:?}", every.len()));
}

#[test]
fn the_states_are_all_there_are() {
    for most in 0..=8 {
        let mut every = states::all(most);
        assert_eq!(every.len(), states::count(most));
        every.sort();
        every.dedup();
        assert_eq!(every.len(), states::count(most));
    }
}

#[test]
fn every_free_of_pages() {
    every_free(Profile::Plan9, false, if long() { 10 } else { 8 }, 4096, &[0, 1, -1]);
}

#[test]
fn every_free_of_pages_by_tree() {
    let most = if long() { 9 } else { 7 };
    every_free_of(Heap::by_tree, Profile::Plan9, false, most, 4096, &[0, 1, -1]);
}

#[test]
fn every_free_of_pages_where_regions_went_back_one_by_one() {
    every_free(Profile::Plan9, true, 6, 4096, &[0, -1]);
}

#[test]
fn every_free_of_large_pages() {
    for profile in [Profile::Wasm, Profile::WasmGo121] {
        every_free(profile, false, 4, 65536, &[0, 1, -1]);
        // Between these pages there are others, of the kernel's size.
        every_free(profile, false, 2, 4096, &[0]);
    }
}

#[test]
fn every_free_in_steps_of_a_header() {
    every_free(Profile::Plan9, false, 5, 16, &[0]);
}

/// Sizes and addresses at which sums wrap, or nearly do.
fn edges(page: usize) -> Vec<usize> {
    let around = |n: usize| {
        [n.wrapping_sub(page), n.wrapping_sub(1), n, n.wrapping_add(1), n.wrapping_add(page)]
    };
    [0, page, 3 * page, 1 << 31, 1 << 32, 1 << 47, 1 << 48, 1 << 63, HUGE - 8 * page + 1]
        .into_iter()
        .flat_map(around)
        .collect()
}

#[test]
fn every_free_whose_end_wraps() {
    for state in states::all(3) {
        let mut heap = Heap::new(Profile::Plan9, Check::Fast, 3);
        state.build(&mut heap, false);
        let (base, bloc) = (heap.layer.base(), heap.layer.bloc());
        let before = heap.image();
        for v in edges(4096)
            .into_iter()
            .flat_map(|edge| [edge, base + (edge & 0xF_FFFF), bloc.wrapping_add(edge)])
        {
            // Up to the break, in a circle, is what Go takes for the top region.
            let up_to_the_break = [bloc.wrapping_sub(v), bloc.wrapping_sub(v).wrapping_add(1)];
            for n in edges(4096).into_iter().chain(up_to_the_break) {
                if heap.model.judge_free(v, n).is_err() {
                    assert!(free_and_compare(&mut heap, v, n, &state));
                }
            }
        }
        heap.compare_state(|| format!("{state:?}"));
        same_bytes(heap.bytes(), &before, || format!("{state:?}"));
    }
}

/// A request for memory.
#[derive(Clone, Copy, Debug)]
enum Request {
    Alloc(usize),
    /// At the break, or anywhere.
    Reserve(bool, usize),
    Aligned(usize, usize),
}

impl Request {
    fn expect(self, model: &Model) -> Result<arena::model::Given, Error> {
        match self {
            Self::Alloc(n) | Self::Reserve(false, n) => model.look(model.judge_size(n)?),
            Self::Reserve(true, n) => model.look_up(model.judge_size(n)?),
            Self::Aligned(size, align) => model.look_aligned(size, align),
        }
    }

    /// Where it gives memory, and how much.
    fn make(self, heap: &mut Heap) -> Result<Reserved, Error> {
        match self {
            Self::Alloc(size) => heap.alloc(size).map(|addr| Reserved { addr, size }),
            Self::Reserve(at_break, size) => {
                let hint = if at_break { heap.layer.bloc() } else { 0 };
                heap.reserve(hint, size).map(|addr| Reserved { addr, size })
            }
            Self::Aligned(size, align) => heap.aligned(size, align),
        }
    }

    fn all(page: usize) -> Vec<Self> {
        let sizes = edges(page).into_iter().chain([2 * page, 2 * page - 1, 16, page / 2]);
        let aligns = [
            0,
            1,
            8,
            24,
            page / 2,
            page,
            page + 1,
            2 * page,
            3 * page,
            4 * page,
            1 << 31,
            1 << 48,
            1 << 63,
            HUGE,
        ];
        let each = |n| {
            let plain = [Self::Alloc(n), Self::Reserve(false, n), Self::Reserve(true, n)];
            plain.into_iter().chain(aligns.map(|align| Self::Aligned(n, align)))
        };
        sizes.flat_map(each).collect()
    }
}

/// Makes every request in every state, and compares.
fn every_request(profile: Profile, check: Check, most: usize) {
    let every = states::of(profile, most);
    let calls = in_parts(every.len(), |part| {
        let mut heap = Heap::new(profile, check, most + 2);
        let requests = Request::all(heap.model.page_size());
        for state in &every[part.clone()] {
            state.build(&mut heap, false);
            let mut before = heap.image();
            for &request in &requests {
                let what = || format!("{state:?}, {request:x?}");
                let expected = request.expect(&heap.model);
                let given = request.make(&mut heap);
                assert_eq!(given.err(), expected.as_ref().err().copied(), "{}", what());
                if let (Ok(given), Ok(expected)) = (given, expected) {
                    heap.model.take(&expected);
                    let at = heap.model.addr(expected.pages.start);
                    assert_eq!(given.addr, at, "{}", what());
                    let offset = at - heap.layer.base();
                    let bytes = &heap.bytes()[offset..offset + given.size];
                    assert!(bytes.iter().all(|&byte| byte == 0), "{}: not zero", what());
                    heap.fill(expected.pages);
                    heap.compare(what);
                    state.build(&mut heap, false);
                    before = heap.image();
                }
            }
            heap.compare_state(|| format!("{state:?}"));
            same_bytes(heap.bytes(), &before, || format!("{state:?}"));
        }
        (part.len() * requests.len()) as u64
    });
    amount(&format!("{calls} requests in {} states, {profile:?}, {check:?}", every.len()));
}

#[test]
fn every_request_in_every_state() {
    every_request(Profile::Plan9, Check::Fast, 5);
    every_request(Profile::Plan9, Check::Full, 3);
    every_request(Profile::Wasm, Check::Fast, 3);
    every_request(Profile::WasmGo121, Check::Fast, 3);
}

#[test]
fn a_hint_elsewhere_is_declined_in_every_state() {
    let mut heap = Heap::new(Profile::Plan9, Check::Fast, 4);
    for state in states::all(4) {
        state.build(&mut heap, false);
        for offset in (-4096..6 * 4096_isize).step_by(512) {
            let hint = heap.model.start.wrapping_add_signed(offset);
            if hint != heap.layer.bloc() {
                assert_eq!(heap.reserve(hint, 4096), Ok(0), "{state:?}, {offset}");
                assert_eq!(heap.reserve(hint, 0), Ok(0), "whatever the size");
            }
        }
        heap.compare(|| format!("{state:?}"));
    }
}

/// The functions that take a range and say something of it.
const HINTS: [&str; 7] = ["map", "used", "unused", "hugepage", "nohugepage", "collapse", "fault"];

#[expect(clippy::multiple_unsafe_ops_per_block, reason = "the same promise for each")]
fn hint(heap: &mut Heap, which: &str, v: usize, n: usize) -> Result<(), Error> {
    let layer = &mut heap.layer;
    // SAFETY: the contents of these heaps are their tests' own.
    unsafe {
        match which {
            "map" => layer.sys_map_os(v, n, b""),
            "used" => layer.sys_used_os(v, n),
            "unused" => layer.sys_unused_os(v, n),
            "hugepage" => layer.sys_huge_page_os(v, n),
            "nohugepage" => layer.sys_no_huge_page_os(v, n),
            "collapse" => layer.sys_huge_page_collapse_os(v, n),
            _ => layer.sys_fault_os(v, n),
        }
    }
}

/// Whether a hint about `[v, v+n)` is proper: it must lie in pages that are handed
/// out, else it would reach the header of a free block, or nothing.
fn judge_hint(model: &Model, which: &str, v: usize, n: usize) -> Result<(), Error> {
    if n == 0 {
        return Ok(());
    }
    if which == "unused" && n % 4096 != 0 || which != "hugepage" && v % 4096 != 0 {
        return Err(Error::Unaligned);
    }
    let whole = n.checked_next_multiple_of(4096).ok_or(Error::Overflow)?;
    let n = if which == "hugepage" { n } else { whole };
    let end = v.checked_add(n).ok_or(Error::Range)?;
    if v < model.start || end > model.addr(model.top()) {
        return Err(Error::Range);
    }
    let page = |addr: usize| (addr - model.start) / model.page_size();
    let touched: Range<usize> = page(v)..page(end - 1) + 1;
    if model.pages[touched].contains(&Page::Free) { Err(Error::Range) } else { Ok(()) }
}

#[test]
fn a_refused_fault_turns_nothing_on() {
    let mut heap = Heap::on(Memory::default(), with_os_advice(heap::config(Profile::Plan9, 3)));
    let region = heap.take_at_break(1);
    let at = heap.model.addr(region.start);
    for (v, n) in [(at + 1, 4096), (at, 8192), (at, HUGE)] {
        assert!(hint(&mut heap, "fault", v, n).is_err());
        // Nothing is closed, so these have nothing to do, and look at nothing.
        assert_eq!(hint(&mut heap, "map", 1, 1), Ok(()));
        assert_eq!(hint(&mut heap, "used", 1, 1), Ok(()));
    }
    hint(&mut heap, "fault", at, 4096).unwrap();
    assert_eq!(hint(&mut heap, "used", 1, 1), Err(Error::Unaligned));
}

#[test]
fn every_hint_in_every_state() {
    for profile in [Profile::Plan9, Profile::Wasm] {
        let passed = Rc::new(Cell::new(0));
        let config = with_os_advice(heap::config(profile, 3));
        let mut heap = Heap::on(Memory::that_counts(&passed), config);
        let page = profile.page_size();
        let page_offset = isize::try_from(page).unwrap();
        let sizes = || (0..=4 * page).step_by(page / 2).chain([1, page - 1, HUGE, HUGE - 4095]);
        for state in states::all(3) {
            state.build(&mut heap, false);
            // The first fault turns sysMapOS and sysUsedOS on.
            if let Some(region) = state.pages.iter().position(|&page| page == Page::First) {
                let at = heap.model.addr(region);
                hint(&mut heap, "fault", at, page).unwrap();
                hint(&mut heap, "map", at, page).unwrap();
                heap.fill(region..region + 1);
            } else {
                continue;
            }
            for offset in (-2..5).flat_map(|n| [n * page_offset, n * page_offset + page_offset / 2])
            {
                for (n, which) in sizes().flat_map(|n| HINTS.map(|which| (n, which))) {
                    let v = heap.model.start.wrapping_add_signed(offset);
                    let what = || format!("{state:?}: {which} {n} bytes at {offset:#x}");
                    let expected = judge_hint(&heap.model, which, v, n);
                    let before = passed.get();
                    assert_eq!(hint(&mut heap, which, v, n), expected, "{}", what());
                    let reaches = u64::from(expected.is_ok() && n != 0);
                    assert_eq!(passed.get() - before, reaches, "{}", what());
                }
                for region in heap.model.regions().collect::<Vec<_>>() {
                    heap.fill(region);
                }
                heap.compare(|| format!("{state:?}, hints at {offset:#x}"));
            }
        }
    }
}
