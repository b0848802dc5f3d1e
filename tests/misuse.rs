//! Every bad call in every state: it is refused for the right reason, and not a
//! byte or a field changes; and every proper call is made.
//!
//! What is proper and what is not is decided a second time by the model of
//! `tests/arena`, from the rules alone.

mod arena;

use arena::heap::same_bytes;
use arena::{Heap, State, amount, in_parts, long, states};
use gosbrk::{Check, Error, Profile};
use std::ops::Range;

const PROFILES: [Profile; 3] = [Profile::Plan9, Profile::Wasm, Profile::WasmGo121];

/// Frees `[v, v+n)`, and compares what comes of it with the model. True if it
/// was refused, so that the heap is as it was.
#[track_caller]
fn free_and_compare(heap: &mut Heap, v: usize, n: usize, state: &State) -> bool {
    let verdict = heap.model.judge_free(v, n);
    let done = heap.free(v, n);
    let what = |heap: &Heap| {
        let at = v.wrapping_sub(heap.model.start).cast_signed();
        format!("{:?}, free of {n} bytes at {at}, counted from the first page", state)
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

/// Tries every pair of address and size in a state. Gives how many there were.
fn each_free(
    heap: &mut Heap,
    state: &State,
    apart: bool,
    addresses: impl Iterator<Item = isize>,
    sizes: impl Iterator<Item = usize> + Clone,
) -> u64 {
    state.build(heap, apart);
    let start = heap.model.start;
    let before = heap.image();
    let (mut calls, mut refused) = (0, 0);
    heap.compare(|| format!("{state:?}"));
    for v in addresses.map(|offset| start.wrapping_add_signed(offset)) {
        for n in sizes.clone() {
            calls += 1;
            if free_and_compare(heap, v, n, state) {
                refused += 1;
            } else {
                state.build(heap, apart);
                refused = 0;
            }
        }
        // After all refusals at this address at once: none of them changed a thing.
        let what = || format!("{state:?}, frees at {:#x} from the first page", v.wrapping_sub(start));
        heap.compare_state(what);
        same_bytes(heap.bytes(), &before, what);
        assert_eq!(heap.layer.stats().refusals, refused, "{}", what());
    }
    calls
}

/// Addresses from below the segment to beyond its end, and sizes up to more than
/// it has.
fn span(most: usize, page: usize) -> (Range<isize>, Range<usize>) {
    let pages = |n: usize| (n * page).cast_signed();
    (-pages(2)..pages(most + 2), 0..(most + 2) * page)
}

/// Tries every pair in every state of at most `most` pages, with addresses and
/// sizes in these steps; and sizes near each, in bytes.
fn every_free(profile: Profile, most: usize, step: usize, near: &[isize]) {
    let every = match profile {
        Profile::WasmGo121 => states::all_without_spare(most),
        _ => states::all(most),
    };
    let calls = in_parts(every.len(), |part| {
        let mut heap = Heap::new(profile, Check::Fast, most);
        let (addresses, sizes) = span(most, heap.model.page_size());
        let sizes = sizes.step_by(step).flat_map(|n| near.iter().map(move |by| n.wrapping_add_signed(*by)));
        let each = |state| each_free(&mut heap, state, false, addresses.clone().step_by(step), sizes.clone());
        every[part].iter().map(each).sum()
    });
    amount(&format!("{profile:?}: {} states, {calls} frees", every.len()));
}

#[test]
fn every_free_of_whole_pages_and_nearly_so() {
    assert_eq!(states::all(8).len(), states::count(8));
    every_free(Profile::Plan9, 8, 4096, &[0, 1, -1]);
}

#[test]
fn every_free_in_steps_of_a_header() {
    every_free(Profile::Plan9, 5, 16, &[0]);
}
