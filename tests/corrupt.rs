//! Writes after free: to the header of a free block, to its body, and above the
//! break. No call goes by a header that is not what it was left as, `memCheck`
//! finds every byte, and under full checks nothing dirty is handed out.

mod arena;

use arena::call::{Call, Effect};
use arena::heap::{flip, same_bytes, write};
use arena::random::Random;
use arena::{Heap, State, amount, in_parts, long, states};
use gosbrk::freelist::Fault;
use gosbrk::{Check, Error, Profile};
use std::collections::BTreeSet;

/// Bytes of a header.
const HEADER: usize = 16;
/// The bits of a header.
const BITS: usize = 8 * HEADER;

/// Fails unless the heap answers nothing any more but that it was overwritten.
#[track_caller]
fn is_poisoned(heap: &mut Heap, what: &impl Fn() -> String) {
    let page = heap.model.page_size();
    assert_eq!(heap.alloc(page), Err(Error::Corrupt), "{}", what());
    assert_eq!(heap.reserve(0, page), Err(Error::Corrupt), "{}", what());
    assert_eq!(heap.reserve(heap.layer.bloc(), page), Err(Error::Corrupt), "{}", what());
    assert_eq!(heap.aligned(page, page), Err(Error::Corrupt), "{}", what());
    let region = heap.model.regions().next();
    if let Some(region) = region {
        let at = heap.model.addr(region.start);
        assert_eq!(heap.free(at, region.len() * page), Err(Error::Corrupt), "{}", what());
    }
}

/// Flips each bit of each header in turn, in one state, and makes one call on
/// each heap that comes of it. Gives how many heaps there were.
fn each_flip(heap: &mut Heap, state: &State, call: &Call) -> u64 {
    state.build(heap, false);
    let Ok(effect) = call.effect(&heap.model) else { return 0 };
    let answer = call.answer(&heap.model);
    let (model, before) = (heap.model.clone(), heap.image());
    assert_eq!(call.make(heap), answer);
    call.apply(&effect, &mut heap.model);
    let (after_model, after) = (heap.model.clone(), heap.bytes().to_vec());
    let mut heaps = 0;
    for run in model.free_runs() {
        let at = model.addr(run.start);
        let offset = at - heap.layer.base();
        for bit in 0..BITS {
            heaps += 1;
            let what =
                || format!("{state:?}, bit {bit} of the header at page {}, {call:?}", run.start);
            let with_the_bit = |image: &[u8]| {
                let mut image = image.to_vec();
                image[offset + bit / 8] ^= 1 << (bit % 8);
                image
            };
            state.build(heap, false);
            flip(at, bit);
            let given = call.make(heap);
            if effect.headers.contains(&run.start) {
                assert_eq!(given, Err(Error::Corrupt), "{}", what());
                heap.compare_state(what);
                same_bytes(heap.bytes(), &with_the_bit(&before), what);
                is_poisoned(heap, &what);
            } else {
                assert_eq!(given, answer, "{}", what());
                heap.model = after_model.clone();
                heap.compare_state(what);
                same_bytes(heap.bytes(), &with_the_bit(&after), what);
            }
        }
    }
    heaps
}

/// Heaps that find their free blocks in the table while they are few, and by the tree
/// at all times.
const TABLE: fn(Profile, Check, usize) -> Heap = Heap::new;
const TREE: fn(Profile, Check, usize) -> Heap = Heap::by_tree;

#[test]
fn no_call_goes_by_a_header_with_a_flipped_bit() {
    for (new, profile, check, most) in [
        (TABLE, Profile::Plan9, Check::Fast, if long() { 6 } else { 5 }),
        (TREE, Profile::Plan9, Check::Fast, if long() { 5 } else { 4 }),
        (TABLE, Profile::Plan9, Check::Full, 3),
        (TABLE, Profile::WasmGo121, Check::Fast, 2),
    ] {
        let every = states::of(profile, most);
        let heaps = in_parts(every.len(), |part| {
            let mut heap = new(profile, check, most + 2 + most);
            let mut heaps = 0;
            for state in &every[part] {
                state.build(&mut heap, false);
                for call in Call::all(&heap.model, most) {
                    heaps += each_flip(&mut heap, state, &call);
                }
            }
            heaps
        });
        let states = every.len();
        amount(&format!("{heaps} flips met by a call in {states} states, {profile:?}, {check:?}"));
    }
}

#[test]
fn mem_check_finds_every_flipped_bit() {
    let mut heap = Heap::new(Profile::Plan9, Check::Fast, 5);
    let mut bits = 0;
    for state in states::all(5) {
        state.build(&mut heap, false);
        for (block, _) in heap.headers() {
            for bit in 0..BITS {
                bits += 1;
                flip(block.addr, bit);
                let found = heap.check().unwrap_err();
                assert_eq!(found.error(), Error::Corrupt, "{state:?}, bit {bit}: {found:?}");
                flip(block.addr, bit);
            }
        }
        assert_eq!(heap.check(), Ok(()));
    }
    amount(&format!("{bits} flips found by memCheck"));
}

/// Every 8 bytes of free memory that are not of a header, in a state.
fn bodies(heap: &Heap) -> Vec<usize> {
    let spare = heap.layer.bloc()..heap.layer.end();
    let blocks = heap.headers().into_iter().map(|(block, _)| block.addr + HEADER..block.end());
    blocks.chain([spare]).flat_map(|range| range.step_by(8)).collect()
}

#[test]
fn no_call_hands_out_a_dirty_word_under_full_checks() {
    let most = 4;
    let every = states::all(most);
    let words = in_parts(every.len(), |part| {
        let mut heap = Heap::new(Profile::Plan9, Check::Full, most + 2);
        let mut words = 0;
        for state in &every[part] {
            state.build(&mut heap, false);
            let effects = Call::all(&heap.model, most)
                .into_iter()
                .filter_map(|call| Some((call.effect(&heap.model).ok()?.given?, call)));
            let effects: Vec<_> = effects.collect();
            let before = heap.image();
            for word in bodies(&heap) {
                let page = (word - heap.model.start) / heap.model.page_size();
                write(word + word / 8 % 8, 1, 1 << (word / 8 % 7));
                let found = heap.check().unwrap_err();
                assert_eq!(found.error(), Error::Dirty, "{state:?}, {found:?}");
                for (_, call) in effects.iter().filter(|(given, _)| given.taken.contains(&page)) {
                    words += 1;
                    assert_eq!(call.make(&mut heap), Err(Error::Dirty), "{state:?}, {call:?}");
                }
                write(word, 8, 0);
            }
            // None of the refusals changed a thing, or poisoned the heap.
            heap.compare_state(|| format!("{state:?}"));
            same_bytes(heap.bytes(), &before, || format!("{state:?}"));
            assert_eq!(heap.check(), Ok(()));
            for (_, call) in effects {
                state.build(&mut heap, false);
                assert_eq!(call.make(&mut heap), call.answer(&heap.model), "{state:?}, {call:?}");
            }
        }
        words
    });
    amount(&format!("{words} words met by a call in {} states", every.len()));
}

/// What was written where nobody may write, as addresses of bytes.
#[derive(Default)]
struct Dirt {
    headers: BTreeSet<usize>,
    bodies: BTreeSet<usize>,
}

impl Dirt {
    /// Writes to one to eight bytes of free memory, if there is any.
    fn add(&mut self, heap: &Heap, random: &mut Random) -> bool {
        let free: Vec<_> = heap.headers().into_iter().map(|(block, _)| block).collect();
        let spare = heap.layer.end() - heap.layer.bloc();
        let i = random.below(free.len() + 1);
        let (at, room, headers) = match free.get(i) {
            Some(block) if random.below(2) == 0 => (block.addr, HEADER, true),
            Some(block) => (block.addr + HEADER, block.size - HEADER, false),
            None if spare > 0 => (heap.layer.bloc(), spare, false),
            None => return false,
        };
        let n = 1 + random.below(8);
        let from = at + random.below(room - n);
        for byte in from..from + n {
            // Another value for sure.
            let bit = random.below(8);
            if self.headers.contains(&byte) || self.bodies.contains(&byte) {
                continue;
            }
            flip(byte, bit);
            if headers { &mut self.headers } else { &mut self.bodies }.insert(byte);
        }
        true
    }

    /// What a call comes to on it.
    fn spoils(&self, heap: &Heap, effect: &Effect) -> Option<Error> {
        let addr = |page| heap.model.addr(page);
        let seen =
            |page: &usize| self.headers.range(addr(*page)..addr(*page) + HEADER).next().is_some();
        if effect.headers.iter().any(seen) {
            return Some(Error::Corrupt);
        }
        let given = effect.given.as_ref().filter(|_| heap.config.check == Check::Full)?;
        let taken = addr(given.taken.start)..addr(given.taken.end);
        self.bodies.range(taken).next().map(|_| Error::Dirty)
    }
}

impl Dirt {
    /// What the bytes should be: the image, but where something was written.
    fn image(&self, heap: &Heap) -> Vec<u8> {
        let mut image = heap.image();
        for byte in self.headers.iter().chain(&self.bodies) {
            let offset = byte - heap.layer.base();
            image[offset] = heap.bytes()[offset];
        }
        image
    }

    /// Forgets what was handed out, or has become a header, which was written
    /// anew: without full checks nobody looks at it before.
    fn settle(&mut self, heap: &Heap) {
        let blocks: Vec<_> = heap.headers().into_iter().map(|(block, _)| block).collect();
        let (bloc, end) = (heap.layer.bloc(), heap.layer.end());
        self.bodies.retain(|byte| {
            let in_body = blocks.iter().any(|b| (b.addr + HEADER..b.end()).contains(byte));
            in_body || (bloc..end).contains(byte)
        });
    }
}

/// Writes to free memory and goes on until a call comes upon it; then, or else in
/// the end, compares with what should have come of it. Gives how often it wrote.
fn overwrite(heap: &mut Heap, random: &mut Random) -> u64 {
    heap.reset();
    let mut dirt = Dirt::default();
    let mut written = 0;
    for step in 0..60 {
        if step > 25 && random.below(4) == 0 {
            written += u64::from(dirt.add(heap, random));
        }
        let call = Call::random(&heap.model, 6, random);
        let Ok(effect) = call.effect(&heap.model) else { continue };
        let what = || format!("step {step}: {call:?}");
        if let Some(error) = dirt.spoils(heap, &effect) {
            let before = heap.bytes().to_vec();
            assert_eq!(call.make(heap), Err(error), "{}", what());
            heap.compare_state(what);
            same_bytes(heap.bytes(), &before, what);
            if error == Error::Corrupt {
                is_poisoned(heap, &what);
            }
            break;
        }
        assert_eq!(call.make(heap), call.answer(&heap.model), "{}", what());
        call.apply(&effect, &mut heap.model);
        if let Some(given) = effect.given {
            heap.fill(given.pages);
        }
        dirt.settle(heap);
        heap.compare_state(what);
        same_bytes(heap.bytes(), &dirt.image(heap), what);
    }
    let found = heap.check().map_err(Fault::error);
    if dirt.headers.is_empty() && dirt.bodies.is_empty() {
        assert_eq!(found, Ok(()));
    } else {
        assert!(found.is_err(), "memCheck found nothing of {:x?} {:x?}", dirt.headers, dirt.bodies);
    }
    written
}

#[test]
fn random_overwrites_are_seen_before_they_do_harm() {
    let most = if long() { 2_000_000 } else { 50_000 };
    for (new, check) in
        [(TABLE, Check::Fast), (TREE, Check::Fast), (TABLE, Check::Full), (TREE, Check::Full)]
    {
        let written = in_parts(2, |part| {
            let mut heap = new(Profile::Plan9, check, 40);
            let mut random = Random::new(1 + part.start as u64);
            let mut written = 0;
            while written < most / 4 {
                written += overwrite(&mut heap, &mut random);
            }
            written
        });
        amount(&format!("{written} overwrites, {check:?}"));
    }
}
