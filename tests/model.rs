//! Every proper call in every state of a small arena, and calls at random: result,
//! state and bytes are the model's. `go/internal/lockstep` does the same beside Go's
//! source, with more pages.

mod arena;

use arena::call::Call;
use arena::heap::same_bytes;
use arena::random::Random;
use arena::{Heap, amount, long, states};
use gosbrk::{Check, Profile};

/// Makes a call in layer and model, and compares.
fn make(heap: &mut Heap, call: &Call) {
    assert_eq!(call.make(heap), call.answer(&heap.model), "{call:?}");
    if let Ok(effect) = call.effect(&heap.model) {
        call.apply(&effect, &mut heap.model);
        if let Some(given) = effect.given {
            let [from, to] = [given.pages.start, given.pages.end]
                .map(|page| heap.model.addr(page) - heap.layer.base());
            same_bytes(&heap.bytes()[from..to], &vec![0; to - from], || format!("{call:?}"));
            heap.fill(given.pages);
        }
    }
    heap.compare(|| format!("{call:?}"));
}

#[test]
fn every_call_in_every_state() {
    let most = if long() { 8 } else { 6 };
    let (every, mut calls) = (states::all(most), 0_u64);
    for new in [Heap::new, Heap::by_tree] {
        let mut heap = new(Profile::Plan9, Check::Fast, most);
        for state in &every {
            state.build(&mut heap, false);
            for call in Call::all(&heap.model, 3) {
                state.build(&mut heap, false);
                make(&mut heap, &call);
                calls += 1;
            }
        }
    }
    amount(&format!("{calls} calls in {} states", every.len()));
}

#[test]
fn calls_at_random() {
    let calls = if long() { 2_000_000_u64 } else { 200_000 };
    let mut most_blocks = 0;
    // Few blocks at any time, then more than are kept in a table, again and again.
    for (check, pages, size) in
        [(Check::Fast, 24, 6), (Check::Full, 24, 6), (Check::Fast, 240, 2), (Check::Full, 240, 3)]
    {
        let mut heap = Heap::new(Profile::Plan9, check, pages);
        let mut random = Random::new(1);
        for _ in 0..calls / 4 {
            let call = Call::random(&heap.model, size, &mut random);
            make(&mut heap, &call);
            most_blocks = most_blocks.max(heap.layer.stats().free_blocks);
        }
        assert_eq!(heap.check(), Ok(()));
    }
    assert!(most_blocks > 32, "{most_blocks} blocks at most");
    amount(&format!("{calls} calls"));
}
