//! Mappings of others in the way of the heap, and memory that cannot be accessed before
//! it is mapped: neither changes an address. Beside each layer runs another one, with
//! nothing in its way and all memory accessible, in which what was gone over is
//! allocated; results, break and free list are the same after every call.
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "runs of calls under one promise")]

mod arena;
#[path = "foreign/kernel.rs"]
mod kernel;

use arena::random::Random;
use arena::{amount, long};
use gosbrk::config::Access;
use gosbrk::runtime::Reserved;
use gosbrk::{Advice, Config, Error, Sbrk};
use kernel::{ALIGN, Kernel};
use std::ptr::with_exposed_provenance_mut as pointer;

const P: usize = 4096;

/// A call; addresses are offsets from the base.
#[derive(Clone, Copy, Debug)]
enum Call {
    Alloc(usize),
    Free(usize, usize),
    Reserve(Option<usize>, usize),
    Aligned(usize, usize),
}

/// The layer with something in its way, and the one beside it.
struct Pair {
    layer: Sbrk<Kernel>,
    beside: Sbrk<Kernel>,
    access: Access,
    /// Live regions: offset, bytes, and whether they can be accessed.
    live: Vec<(usize, usize, bool)>,
    steps: u64,
    compared: std::cell::Cell<u32>,
}

impl Pair {
    fn new(access: Access) -> Self {
        let mut layer = Sbrk::new(Kernel::default());
        let mut beside = Sbrk::new(Kernel::default());
        let config = Config { advice: Advice::Os, ..Config::default() };
        // SAFETY: layers of this test's own.
        unsafe {
            layer.init(&Config { access, ..config }).unwrap();
            beside.init(&config).unwrap();
        }
        assert_eq!((layer.base() % ALIGN, beside.base() % ALIGN), (0, 0));
        Self { layer, beside, access, live: Vec::new(), steps: 0, compared: 0.into() }
    }

    /// Makes a call in both, as often as something is in its way.
    fn make(&mut self, call: Call) -> Result<Option<Reserved>, Error> {
        let given = loop {
            let given = make(&mut self.layer, call);
            if given != Err(Error::ForeignBreak) {
                break given;
            }
            let base = self.layer.base();
            // SAFETY: nobody writes to memory that is not theirs.
            let step = unsafe { self.layer.step_over() }.unwrap().unwrap();
            self.steps += 1;
            let [from, foreign, to] = [step.from, step.foreign, step.to].map(|at| at - base);
            let hint = Call::Reserve(Some(from), to - from);
            assert_eq!(make(&mut self.beside, hint).unwrap().unwrap().addr, from, "a step");
            if foreign > from {
                make(&mut self.beside, Call::Free(from, foreign - from)).unwrap();
            }
            self.compare(&format!("a step before {call:?}"));
        };
        assert_eq!(given, make(&mut self.beside, call), "{call:?}");
        self.compare(&format!("{call:?}"));
        given
    }

    fn compare(&self, what: &str) {
        let [a, b] = [&self.layer, &self.beside];
        let state = |layer: &Sbrk<Kernel>| {
            let blocks: Vec<_> =
                layer.mem_freelist().map(|b| (b.addr - layer.base(), b.size)).collect();
            (layer.bloc() - layer.base(), layer.bloc_max() - layer.base(), blocks)
        };
        assert_eq!(state(a), state(b), "{what}");
        // Every byte, now and then.
        self.compared.set(self.compared.get() + 1);
        if self.compared.get() % 256 == 1 {
            // SAFETY: nobody writes to free memory.
            unsafe { b.mem_check() }.unwrap();
            // SAFETY: as above; where it cannot be read it is not looked at.
            unsafe { a.mem_check() }.unwrap();
        }
    }

    /// A call at random.
    fn step(&mut self, random: &mut Random) {
        let size = |random: &mut Random| match random.below(40) {
            0 => (1 + random.below(6)) << 20,
            1..=4 => (1 + random.below(64)) * P,
            _ => (1 + random.below(6)) * P,
        };
        let n = size(random);
        match random.below(10) {
            0..=2 => {
                let given = self.make(Call::Alloc(n)).unwrap().unwrap();
                self.own(given.addr, n, true);
            }
            3 => {
                let hint = (random.below(2) == 0).then(|| self.layer.bloc() - self.layer.base());
                if let Some(given) = self.make(Call::Reserve(hint, n)).unwrap() {
                    self.own(given.addr, n, false);
                }
            }
            4 => {
                let align = P << random.below(9);
                let given = self.make(Call::Aligned(n, align)).unwrap().unwrap();
                self.own(given.addr, given.size, false);
            }
            5 => {
                // Something comes into the way, near or far above.
                let far = [0, P, 16 * P, 1 << 20, 64 << 20][random.below(5)];
                let (at, n) = (self.layer.bloc_max() + far, (1 + random.below(700)) * P);
                self.layer.os_mut().take(at, n);
            }
            6 if !self.live.is_empty() => self.map(random.below(self.live.len())),
            _ if !self.live.is_empty() => {
                let (at, n, _) = self.live.swap_remove(random.below(self.live.len()));
                self.make(Call::Free(at, n)).unwrap();
            }
            _ => {}
        }
    }

    /// A region is somebody's now. Everything in it reads as zero, and is written to, if
    /// it can be accessed.
    fn own(&mut self, at: usize, n: usize, ready: bool) {
        let ready = ready || self.access == Access::Always;
        self.live.push((at, n, ready));
        if ready {
            self.use_all(at, n);
        }
    }

    fn use_all(&self, at: usize, n: usize) {
        for word in (0..n).step_by(512) {
            let word = pointer::<u64>(self.layer.base() + at + word);
            // SAFETY: the region is this test's, and can be accessed.
            unsafe {
                assert_eq!(word.read(), 0, "fresh memory");
                word.write(!0);
            }
        }
    }

    /// Maps a region that is only reserved.
    fn map(&mut self, i: usize) {
        let (at, n, ready) = self.live[i];
        if !ready {
            // SAFETY: the region is this test's.
            unsafe { self.layer.sys_map_os(self.layer.base() + at, n, b"") }.unwrap();
            self.live[i].2 = true;
            self.use_all(at, n);
        }
    }
}

/// Makes a call. `None`: it gave nothing, and that is right.
fn make(layer: &mut Sbrk<Kernel>, call: Call) -> Result<Option<Reserved>, Error> {
    let base = layer.base();
    let given = |addr: usize| (addr != 0).then(|| Reserved { addr: addr - base, size: 0 });
    // SAFETY: the test uses memory of its own only.
    unsafe {
        match call {
            Call::Alloc(n) => layer.sys_alloc_os(n, b"").map(given),
            Call::Free(at, n) => layer.sys_free_os(base + at, n).map(|()| None),
            Call::Reserve(hint, n) => {
                layer.sys_reserve_os(hint.map_or(0, |at| base + at), n, b"").map(given)
            }
            Call::Aligned(n, align) => layer
                .sys_reserve_aligned_sbrk(n, align)
                .map(|r| Some(Reserved { addr: r.addr - base, ..r })),
        }
    }
}

#[test]
fn addresses_are_those_of_a_heap_in_which_it_was_allocated() {
    let calls = if long() { 400_000 } else { 20_000 };
    for access in [Access::Always, Access::WhenMapped] {
        let mut steps = 0;
        for seed in 1..=20 {
            let (mut pair, mut random) = (Pair::new(access), Random::new(seed));
            for _ in 0..calls / 20 {
                pair.step(&mut random);
            }
            steps += pair.steps;
        }
        assert!(steps > 100, "{steps} steps");
        amount(&format!("{calls} calls with {steps} steps over other mappings, {access:?}"));
    }
}

#[test]
fn a_hint_at_the_break_is_declined_when_something_stands_there() {
    let mut pair = Pair::new(Access::WhenMapped);
    pair.make(Call::Alloc(P)).unwrap();
    let bloc = pair.layer.bloc();
    assert!(pair.layer.os_mut().take(bloc, P));
    let hint = bloc - pair.layer.base();
    assert_eq!(pair.make(Call::Reserve(Some(hint), P)), Ok(None));
    assert_eq!(pair.layer.bloc(), bloc + P);
}

#[test]
fn what_was_gone_over_counts_for_no_limit_but_the_ceiling() {
    let mut layer = Sbrk::new(Kernel::default());
    let base = layer.os_mut().base();
    let config = Config { limit: 64 * P, ceiling: base + 4096 * P, ..Config::default() };
    // SAFETY: a layer of this test's own.
    unsafe { layer.init(&config) }.unwrap();
    layer.os_mut().take(base + 8 * P, 1024 * P);
    // SAFETY: memory of this test's own.
    unsafe {
        assert_eq!(layer.sys_alloc_os(16 * P, b""), Err(Error::ForeignBreak));
        layer.step_over().unwrap().unwrap();
        assert_eq!(layer.sys_alloc_os(56 * P, b""), Ok(base + 1032 * P));
        assert_eq!(layer.sys_alloc_os(9 * P, b""), Err(Error::NoMem), "the limit");
        let bloc = layer.bloc();
        layer.os_mut().take(bloc, 4096 * P);
        assert_eq!(layer.sys_alloc_os(P, b""), Ok(base + 7 * P), "what lies below is free");
    }
}

#[test]
fn nothing_changes_when_the_way_over_leads_above_the_ceiling() {
    let mut layer = Sbrk::new(Kernel::default());
    let base = layer.os_mut().base();
    let config = Config { ceiling: base + 64 * P, ..Config::default() };
    // SAFETY: a layer of this test's own.
    unsafe { layer.init(&config) }.unwrap();
    layer.os_mut().take(base + 8 * P, 56 * P);
    // SAFETY: memory of this test's own.
    unsafe {
        assert_eq!(layer.sys_alloc_os(16 * P, b""), Err(Error::ForeignBreak));
        assert_eq!(layer.step_over(), Err(Error::NoMem));
        assert_eq!((layer.bloc(), layer.bloc_max()), (base, base));
        assert_eq!(layer.sys_alloc_os(8 * P, b""), Ok(base), "up to it there is room");
    }
}

#[test]
fn what_the_kernel_does_not_open_or_close_is_refused_and_changes_nothing() {
    let mut pair = Pair::new(Access::WhenMapped);
    let a = pair.make(Call::Alloc(4 * P)).unwrap().unwrap().addr + pair.layer.base();
    let b = pair.make(Call::Alloc(4 * P)).unwrap().unwrap().addr + pair.layer.base();
    // SAFETY: memory of this test's own.
    unsafe {
        pair.layer.os_mut().changes = 0;
        for n in [4 * P, 0] {
            // In the middle, then at the break.
            let at = if n == 0 { b } else { a };
            assert_eq!(pair.layer.sys_free_os(at, 4 * P), Err(Error::NoMem));
            assert_eq!(pair.layer.sys_map_os(at, 4 * P, b""), Err(Error::NoMem));
        }
        pair.compare("refused frees");
        pair.layer.os_mut().changes = usize::MAX;
        pair.make(Call::Free(a - pair.layer.base(), 4 * P)).unwrap();
        pair.layer.os_mut().changes = 0;
        // A block of the list, and fresh memory, which is mapped open at once.
        assert_eq!(pair.layer.sys_alloc_os(4 * P, b""), Err(Error::NoMem));
        pair.compare("a refused alloc");
        pair.make(Call::Alloc(64 * P)).unwrap();
        // What went back to the break.
        pair.layer.os_mut().changes = 1;
        let at = pair.beside.bloc() - pair.beside.base() - 64 * P;
        pair.make(Call::Free(at, 64 * P)).unwrap();
        assert_eq!(pair.layer.sys_alloc_os(64 * P, b""), Err(Error::NoMem));
        pair.compare("a refused alloc at the break");
        pair.layer.os_mut().changes = usize::MAX;
        pair.make(Call::Alloc(64 * P)).unwrap();
    }
}

#[test]
fn pages_that_are_not_taken_back_are_cleared() {
    let mut pair = Pair::new(Access::Always);
    let at = pair.make(Call::Alloc(4 * P)).unwrap().unwrap().addr + pair.layer.base();
    // SAFETY: memory of this test's own.
    unsafe {
        pointer::<u8>(at).write_bytes(1, 4 * P);
        pair.layer.os_mut().changes = 0;
        assert_eq!(pair.layer.sys_unused_os(at, 2 * P), Ok(()));
        assert!((0..2 * P).all(|i| pointer::<u8>(at + i).read() == 0));
        assert!((2 * P..4 * P).all(|i| pointer::<u8>(at + i).read() == 1));
    }
}
