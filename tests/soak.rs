//! A layer in use for long: the books balance after every call, what is handed
//! out is nobody else's, and what it takes of the machine stays what it was.

mod arena;

use arena::alone::alone;
use arena::random::Random;
use arena::{amount, long};
use gosbrk::os::linux::Linux;
use gosbrk::os::{Hint, Os};
use gosbrk::{Config, Error, Profile, Sbrk};
use std::ptr::with_exposed_provenance_mut as pointer;

/// The kernel, not asked what is resident: the counters are looked at after each
/// call.
struct Unasked(Linux);

impl Os for Unasked {
    fn place(&mut self, at: usize, n: usize, align: usize) -> Result<usize, Error> {
        self.0.place(at, n, align)
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        self.0.map(at, n)
    }

    unsafe fn unmap(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.0.unmap(at, n) };
    }

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        // SAFETY: the caller's promise.
        unsafe { self.0.resize(at, old, new) }
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        unsafe { self.0.advise(hint, at, n) }
    }

    fn resident(&self, _: usize, _: usize) -> usize {
        0
    }
}

/// A heap and who has what of it.
struct Soak {
    layer: Sbrk<Unasked>,
    random: Random,
    page: usize,
    /// Address of the first byte that can be handed out.
    start: usize,
    /// Regions, and the bytes in them.
    live: Vec<(usize, usize)>,
    bytes: usize,
    /// Bytes to have at a time: all that is meant to be, or a half of it.
    most: usize,
    calls: usize,
}

impl Soak {
    fn new(profile: Profile, pages: usize) -> Self {
        let page = profile.page_size();
        let mut layer = Sbrk::new(Unasked(Linux));
        // SAFETY: a layer of this test's own.
        unsafe { layer.init(&Config { profile, start: 5 * page, ..Config::default() }) }.unwrap();
        let start = layer.base() + 5 * page;
        let (random, live) = (Random::new(1), Vec::with_capacity(pages));
        Self { layer, random, page, start, live, bytes: 0, most: pages * page, calls: 0 }
    }

    /// Mostly a page, now and then an eighth of all that is meant to be in use.
    fn size(&mut self) -> usize {
        let pages = match self.random.below(20_000) {
            0 => 1 + self.random.below(self.most / self.page / 8),
            1..100 => 1 + self.random.below(50),
            100..4000 => 1 + self.random.below(4),
            _ => 1,
        };
        pages * self.page
    }

    fn take(&mut self) {
        let size = self.size();
        // SAFETY: only memory of the test's own is written to.
        let taken = match self.random.below(16) {
            // SAFETY: as above.
            0 => unsafe { self.layer.sys_reserve_os(0, size, b"") }.map(|at| (at, size)),
            1 => {
                let align = self.page << self.random.below(4);
                // SAFETY: as above.
                let given = unsafe { self.layer.sys_reserve_aligned_sbrk(size, align) };
                given.map(|given| (given.addr, given.size))
            }
            // SAFETY: as above.
            _ => unsafe { self.layer.sys_alloc_os(size - self.random.below(16), b"") }
                .map(|at| (at, size)),
        };
        let (at, n) = taken.unwrap();
        assert_eq!([word(at), word(at + n - 8)], [0, 0], "not zero at {at:#x}");
        for end in [at, at + n - 8] {
            stamp(end, at);
        }
        self.live.push((at, n.next_multiple_of(self.page)));
        self.bytes += n;
    }

    fn give_back(&mut self) {
        let i = self.random.below(self.live.len());
        let (at, n) = self.live.swap_remove(i);
        assert_eq!(word(at), at, "not its owner's any more");
        // One in 16 in two parts, the first first.
        let first = if n > self.page && self.random.below(16) == 0 { self.page } else { n };
        for (at, n) in [(at, first), (at + first, n - first)] {
            if n > 0 {
                // SAFETY: the test's own region.
                unsafe { self.layer.sys_free_os(at, n) }.unwrap();
            }
        }
        self.bytes -= n;
    }

    /// One call, sometimes two, and a look at the books.
    fn step(&mut self) {
        self.calls += 1;
        let goal = if self.calls % 4096 < 2048 { self.most } else { self.most / 2 };
        let more_often = if self.bytes < goal { 3 } else { 1 };
        if self.live.is_empty() || self.random.below(4) < more_often {
            self.take();
        } else {
            self.give_back();
        }
        let stats = self.layer.stats();
        assert_eq!(stats.in_use, self.bytes);
        let top = if self.layer.end() == self.layer.bloc_max() {
            self.layer.bloc()
        } else {
            self.layer.end()
        };
        assert_eq!(stats.in_use + stats.free, top - self.start);
    }

    /// Bytes of the segment and of the layer's records that the machine has to
    /// have.
    fn takes(&self) -> usize {
        let stats = self.layer.stats();
        Linux.resident(self.layer.base(), self.layer.end() - self.layer.base()) + stats.metadata
    }
}

fn word(at: usize) -> usize {
    // SAFETY: the test's own region, or one that is read only.
    unsafe { pointer::<usize>(at).read() }
}

fn stamp(at: usize, word: usize) {
    // SAFETY: the test's own region.
    unsafe { pointer::<usize>(at).write(word) };
}

/// Pages of the whole process in physical memory.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

impl Drop for Soak {
    fn drop(&mut self) {
        // SAFETY: the test is over.
        unsafe { self.layer.drop_segment() };
    }
}

/// Looks at what a heap takes, of which the first few are its warming up.
const LOOKS: usize = 20;
const WARM: usize = 4;

/// Soaks a heap with at most so many pages in use. Once it is warm it takes no more
/// of the machine, but by chance.
fn soak(profile: Profile, pages: usize, calls: usize) {
    let mut soak = Soak::new(profile, pages);
    let mut first = [0; 3];
    for look in 0..LOOKS {
        for _ in 0..calls / LOOKS {
            soak.step();
        }
        let takes = [soak.takes(), soak.layer.stats().high_water, resident()];
        for (now, first) in takes.into_iter().zip(&mut first) {
            if look < WARM {
                *first = now.max(*first);
            }
            assert!(now <= *first + *first / 4, "look {look}: {takes:?}, at first {first}");
        }
    }
    let [takes, high_water, process] =
        [soak.takes(), soak.layer.stats().high_water, resident()].map(|n| n >> 10);
    let [takes_first, high_water_first, process_first] = first.map(|n| n >> 10);
    amount(&format!(
        "{calls} calls, {profile:?}; KiB resident {takes} (at first {takes_first}), of {high_water} \
         ({high_water_first}), of the process {process} ({process_first})",
    ));
    // SAFETY: nobody writes to it meanwhile.
    assert_eq!(unsafe { soak.layer.mem_check() }, Ok(()));
}

#[test]
fn small_pages() {
    let calls = if long() { 250_000_000 } else { 20_000_000 };
    alone("small_pages", || soak(Profile::Plan9, 3000, calls));
}

#[test]
fn large_pages() {
    let calls = if long() { 5_000_000 } else { 200_000 };
    alone("large_pages", || {
        soak(Profile::Wasm, 500, calls);
        soak(Profile::WasmGo121, 500, calls);
    });
}
