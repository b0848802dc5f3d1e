use super::{HEAP, HEAP_INDEX, Memory, State};
use crate::event::Call;
use crate::format::header::{Header, Layout};
use crate::format::slot::kind;
use gosbrk::os::linux::Linux;
use gosbrk::{Config, Profile, Sbrk};
use std::collections::BTreeMap;

/// Numbers that are the same for the same seed (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
    }
}

/// The library itself, told what to do, and what it says of itself.
struct Library {
    sbrk: Sbrk<Linux>,
    page: u64,
    /// Every page that somebody has, and its state.
    pages: BTreeMap<u64, State>,
}

impl Library {
    fn new(profile: Profile, initial: usize) -> (Self, Header) {
        let config = Config { profile, initial, ..Config::default() };
        let mut sbrk = Sbrk::new(Linux);
        // SAFETY: nobody else uses the segment of this layer.
        unsafe { sbrk.init(&config) }.unwrap();
        let page = if profile == Profile::Plan9 { 4096 } else { 65536 };
        let base = sbrk.base() as u64;
        let header = Header {
            profile: profile as u8,
            page: u32::try_from(page).unwrap(),
            base,
            origin: base,
            initial: initial as u64,
            ..Header::default()
        };
        (Self { sbrk, page, pages: BTreeMap::new() }, header)
    }

    /// Makes some call, and gives it as a trace has it.
    #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
    fn step(&mut self, random: &mut Random) -> Call {
        let n = 1 + random.next(6 * self.page);
        let owned: Vec<u64> = self.pages.keys().copied().collect();
        let some = |random: &mut Random| owned[random.next(owned.len() as u64) as usize];
        let mut call = Call { size: n, given: n, ..Call::default() };
        let round = n.next_multiple_of(self.page);
        let kinds = if owned.is_empty() { 3 } else { 8 };
        // SAFETY: the ranges are the layer's, and nobody reads or writes them.
        #[expect(clippy::multiple_unsafe_ops_per_block, reason = "one of them is done")]
        unsafe {
            match random.next(kinds) {
                0 => {
                    call.kind = kind::ALLOC;
                    call.addr = self.sbrk.sys_alloc_os(n as usize, b"x").unwrap() as u64;
                    self.mark(call.addr, round, Some(State::Ready));
                }
                1 => {
                    call.kind = kind::RESERVE;
                    call.addr = self.sbrk.sys_reserve_os(0, n as usize, b"x").unwrap() as u64;
                    self.mark(call.addr, round, Some(State::Reserved));
                }
                2 => {
                    call.kind = kind::RESERVE_ALIGNED;
                    call.align = self.page << random.next(4);
                    let (size, align) = (round as usize, call.align as usize);
                    let range = self.sbrk.sys_reserve_aligned_sbrk(size, align).unwrap();
                    (call.addr, call.size, call.given) =
                        (range.addr as u64, round, range.size as u64);
                    self.mark(call.addr, call.given, Some(State::Reserved));
                }
                what => {
                    call.addr = some(random);
                    // One page: more might not be one region's.
                    (call.size, call.given) = (self.page, self.page);
                    let (v, n) = (call.addr as usize, call.size as usize);
                    let state = self.pages[&call.addr];
                    let (kind, done, next) = match what {
                        3 | 4 => (kind::FREE, self.sbrk.sys_free_os(v, n), None),
                        5 => (kind::USED, self.sbrk.sys_used_os(v, n), Some(State::Ready)),
                        6 => {
                            let next = match state {
                                State::Ready => State::Released,
                                other => other,
                            };
                            (kind::UNUSED, self.sbrk.sys_unused_os(v, n), Some(next))
                        }
                        _ => (kind::MAP, self.sbrk.sys_map_os(v, n, b"x"), Some(State::Prepared)),
                    };
                    done.unwrap();
                    call.kind = kind;
                    self.mark(call.addr, self.page, next);
                }
            }
        }
        call.brk = Some((self.sbrk.bloc() as u64, self.sbrk.bloc_max() as u64));
        call
    }

    fn mark(&mut self, at: u64, n: u64, state: Option<State>) {
        for page in (at..at + n).step_by(usize::try_from(self.page).unwrap()) {
            match state {
                Some(state) => drop(self.pages.insert(page, state)),
                None => drop(self.pages.remove(&page)),
            }
        }
    }

    fn free_list(&self) -> u64 {
        self.sbrk.mem_freelist().map(|block| block.size as u64).sum()
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: nobody uses it any more.
        unsafe { self.sbrk.drop_segment() };
    }
}

/// What is made of the calls is what the library has: every page, the free list, the tail.
#[test]
fn the_model_is_the_library() {
    for profile in [Profile::Plan9, Profile::Wasm, Profile::WasmGo121] {
        for seed in 1..60_u64 {
            let initial = if seed % 2 == 0 { 0 } else { 20 * 65536 };
            let (mut library, header) = Library::new(profile, initial);
            let mut memory = Memory::new(&header);
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            for number in 0..120 {
                let call = library.step(&mut random);
                memory.call(&call);
                let about = format!("{profile:?}, seed {seed}, call {number}: {call:?}");
                let tail = (library.sbrk.bloc_max() - library.sbrk.bloc()) as u64;
                let free = (profile != Profile::WasmGo121).then(|| (library.free_list(), tail));
                assert_eq!(memory.free_list().zip(memory.tail()), free, "{about}");
                let mut pages = BTreeMap::new();
                for (from, to, (state, _)) in memory.runs().iter() {
                    for page in (from..to).step_by(usize::try_from(library.page).unwrap()) {
                        pages.insert(page, state);
                    }
                }
                assert_eq!(pages, library.pages, "{about}");
                let count = |state: State| {
                    library.pages.values().filter(|one| **one == state).count() as u64
                };
                let totals = memory.totals();
                for state in [State::Reserved, State::Prepared, State::Ready, State::Released] {
                    let sum = totals.heap(state) + totals.rest(state);
                    assert_eq!(sum, count(state) * library.page, "{about}");
                }
            }
        }
    }
}

fn go(calls: &[(u8, u64, u64)]) -> Memory {
    let mut memory =
        Memory::new(&Header { layout: Layout::Plain, page: 4096, ..Header::default() });
    for (kind, addr, size) in calls {
        let (kind, addr, size) = (*kind, *addr, *size);
        memory.call(&Call { kind, addr, size, given: size, ..Call::default() });
    }
    memory
}

#[test]
fn arenas_are_the_heaps_whatever_calls_name_them() {
    let memory = go(&[
        (kind::RESERVE_ALIGNED, 1 << 20, 1 << 20),
        (kind::ALLOC, 4 << 20, 8192),
        (kind::ALLOC, 5 << 20, 8192),
        (kind::MAP, 1 << 20, 1 << 16),
        (kind::USED, 1 << 20, 8192),
    ]);
    let totals = memory.totals();
    assert_eq!(totals.heap(State::Ready), 8192);
    assert_eq!(totals.heap(State::Prepared), (1 << 16) - 8192);
    let next =
        Call { kind: kind::RESERVE, addr: 6 << 20, size: 4096, hint: 6 << 20, ..Call::default() };
    let mut more = memory.clone();
    more.call(&next);
    assert_eq!(more.runs().get(6 << 20), Some((State::Reserved, HEAP)));
    // The index comes right behind the first arena.
    assert_eq!(memory.runs().get(4 << 20), Some((State::Ready, HEAP_INDEX)));
    assert_eq!(memory.runs().get(5 << 20), Some((State::Ready, 0)));
    assert_eq!(memory.runs().get(1 << 20), Some((State::Ready, HEAP)));
    assert_eq!(memory.uncounted(), 8192);
}

#[test]
fn refused_hints_count_and_refused_calls_do_not() {
    let mut memory = go(&[(kind::ALLOC, 1 << 20, 3 * 4096)]);
    let refused = |kind, error| Call {
        kind,
        error,
        addr: 1 << 20,
        size: 4096,
        given: 4096,
        ..Call::default()
    };
    memory.call(&refused(kind::FREE, 4));
    memory.call(&refused(kind::UNUSED, 5));
    assert_eq!(memory.totals().ready(), 3 * 4096);
    memory.call(&refused(kind::UNUSED, 1));
    assert_eq!(memory.totals().rest(State::Released), 4096);
    memory.call(&refused(kind::FAULT, 1));
    assert_eq!(memory.totals().rest(State::Reserved), 4096);
}

#[test]
fn slack_is_what_was_rounded_up_and_goes_with_its_memory() {
    let mut memory = go(&[(kind::ALLOC, 1 << 20, 5000), (kind::ALLOC, 2 << 20, 4096)]);
    assert_eq!((memory.totals().slack(), memory.totals().ready_asked()), (3192, 9096));
    memory.call(&Call { kind: kind::FREE, addr: 1 << 20, size: 5000, ..Call::default() });
    assert_eq!((memory.totals().slack(), memory.totals().ready_asked()), (0, 4096));
}

#[test]
fn no_numbers_are_too_large() {
    let calls = [
        (kind::ALLOC, u64::MAX - 10, u64::MAX),
        (kind::RESERVE, 1, u64::MAX - 5),
        (kind::USED, 0, u64::MAX),
        (kind::FREE, 4096, u64::MAX),
    ];
    let mut memory = go(&calls);
    memory.foreign(u64::MAX - 4095, u64::MAX);
    memory.inherit(u64::MAX, u64::MAX);
    memory.set_break(u64::MAX, 0);
    let _ = (memory.free_list(), memory.tail(), memory.totals().ready_asked());
}

#[test]
fn heap_that_is_reserved_without_alignment_is_heap() {
    let call = |kind, name| Call {
        kind,
        addr: 1 << 30,
        size: 1 << 22,
        given: 1 << 22,
        name,
        ..Call::default()
    };
    let mut memory = go(&[]);
    memory.heap_names([7, 8]);
    memory.call(&call(kind::RESERVE, 8));
    memory.call(&call(kind::MAP, 7));
    memory.call(&call(kind::USED, 0));
    assert_eq!(memory.totals().heap(State::Ready), 1 << 22);
    assert_eq!(memory.totals().rest(State::Ready), 0);
}
