//! When the machine has no more to give: limits of the process, something else in
//! the way of the break. The call gives nothing and changes nothing, nobody
//! else's byte is touched, and once there is room the same call succeeds.

mod arena;
mod common;

use arena::alone::alone;
use arena::call::Call;
use arena::heap::{config, same_bytes, with_os_advice, write};
use arena::random::Random;
use arena::{Heap, amount};
use common::skip;
use gosbrk::os::linux::Linux;
use gosbrk::{Config, Error, Profile};
use std::fs::read_to_string;
use std::ptr::with_exposed_provenance_mut as pointer;

const P: usize = 4096;
/// Steps of each ladder.
const STEPS: usize = 64;

/// Compares what came of a call with the model. True: it was refused for want of
/// memory, and nothing has changed.
fn was_refused(heap: &mut Heap<Linux>, call: &Call, given: Result<usize, Error>) -> bool {
    let what = || format!("{call:?}");
    let Ok(effect) = call.effect(&heap.model) else {
        assert_eq!(given, call.answer(&heap.model), "{}", what());
        return false;
    };
    if given == Err(Error::NoMem) {
        // Only what needs more than there is can be refused.
        assert!(effect.given.is_some_and(|given| given.grown), "{}", what());
        heap.compare(what);
        return true;
    }
    assert_eq!(given, call.answer(&heap.model), "{}", what());
    call.apply(&effect, &mut heap.model);
    if let Some(given) = effect.given {
        heap.fill(given.pages);
    }
    heap.compare(what);
    false
}

/// Runs `body` while the process may have only so much of a resource.
fn limited<T>(resource: libc::__rlimit_resource_t, most: usize, body: impl FnOnce() -> T) -> T {
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel fills it in.
    assert_eq!(unsafe { libc::getrlimit(resource, &raw mut old) }, 0);
    let new = libc::rlimit { rlim_cur: most as u64, ..old };
    // SAFETY: the kernel reads it.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const new) }, 0);
    let result = body();
    // SAFETY: as above.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const old) }, 0);
    result
}

/// Bytes that count against a limit, by the field of `/proc/self/statm` that has
/// them in pages.
fn used(field: usize) -> usize {
    let statm = read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(field).unwrap().parse::<usize>().unwrap() * P
}

/// The same calls in 64 heaps, each of which may have 64 KiB more than the one
/// before it: each gets on as far as it can, and goes on when it may.
fn ladder(resource: libc::__rlimit_resource_t, field: usize) {
    let (mut refusals, mut calls) = (0, 0);
    for step in 0..STEPS {
        let mut heap = Heap::on(Linux, config(Profile::Plan9, 4096));
        let most = used(field) + step * (64 << 10);
        let mut random = Random::new(7);
        let mut refused_here = 0;
        for _ in 0..300 {
            let call = Call::random(&heap.model, 12, &mut random);
            calls += 1;
            let given = limited(resource, most, || call.make(&mut heap));
            if was_refused(&mut heap, &call, given) {
                refused_here += 1;
                let given = call.make(&mut heap);
                assert!(!was_refused(&mut heap, &call, given), "{call:?}: there is room now");
            }
        }
        assert_eq!(heap.check(), Ok(()));
        assert!(refused_here > 0 || step > 0, "nothing is too much for {most} bytes");
        refusals += refused_here;
    }
    amount(&format!("{calls} calls under {STEPS} limits, {refusals} refused and made again"));
}

#[test]
fn any_limit_of_address_space() {
    alone("any_limit_of_address_space", || ladder(libc::RLIMIT_AS, 0));
}

#[test]
fn any_limit_of_data() {
    alone("any_limit_of_data", || ladder(libc::RLIMIT_DATA, 5));
}

#[test]
fn no_overcommit() {
    const FILE: &str = "/proc/sys/vm/overcommit_memory";
    let mode = read_to_string(FILE).unwrap_or_default();
    if mode.trim() != "2" {
        let why = format!("{FILE} says {}, and holds for the whole machine", mode.trim());
        return skip("running without overcommit", &why);
    }
    // More than there is memory for: an ordinary refusal.
    let mut heap = Heap::on(Linux, Config { limit: 1 << 46, ..config(Profile::Plan9, 64) });
    heap.take_at_break(2);
    assert_eq!(heap.alloc(1 << 45), Err(Error::NoMem));
    heap.compare(|| "refused".to_owned());
    heap.take_at_break(2);
}

/// A page that is not the layer's, full of something.
struct Foreign(usize);

impl Foreign {
    fn at(addr: usize) -> Self {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
        // SAFETY: only where nothing is.
        let got = unsafe { libc::mmap(pointer(addr), P, protection, flags, -1, 0) };
        assert_eq!(got.addr(), addr);
        write(addr, P, 0xF0);
        Self(addr)
    }

    fn assert_untouched(&self) {
        // SAFETY: mapped above.
        let bytes = unsafe { std::slice::from_raw_parts(pointer::<u8>(self.0), P) };
        same_bytes(bytes, &[0xF0; P], || "the page in the way".to_owned());
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // SAFETY: mapped above.
        unsafe { libc::munmap(pointer(self.0), P) };
    }
}

#[test]
fn something_in_the_way_at_any_distance() {
    let mut refusals = 0;
    for distance in 0..STEPS {
        let mut heap = Heap::on(Linux, config(Profile::Plan9, 256));
        heap.take_at_break(3);
        let foreign = Foreign::at(heap.layer.end() + distance * P);
        for n in 1..2 * STEPS {
            for call in
                [Call::Alloc(n), Call::AtBreak(n), Call::Aligned(n, 4), Call::Aligned(n, 32)]
            {
                let given = call.effect(&heap.model).unwrap().given.unwrap();
                let reaches = heap.model.addr(given.taken.end) > foreign.0;
                if !reaches {
                    continue;
                }
                refusals += 1;
                assert_eq!(call.make(&mut heap), Err(Error::ForeignBreak), "{distance}: {call:?}");
                heap.compare_state(|| format!("{distance}: {call:?}"));
            }
        }
        heap.compare(|| format!("{distance}"));
        foreign.assert_untouched();
        // Up to it there is room, and beyond it once it is gone.
        if distance > 0 {
            heap.take_at_break(distance);
        }
        assert_eq!(heap.alloc(P), Err(Error::ForeignBreak));
        foreign.assert_untouched();
        drop(foreign);
        heap.take_at_break(5);
        heap.compare(|| format!("{distance}, out of the way"));
    }
    amount(&format!("{refusals} refusals at {STEPS} distances"));
}

/// Closing every other page takes a mapping of its own for each, until there are
/// no more to be had.
#[test]
fn no_more_mappings() {
    let most: usize = read_to_string("/proc/sys/vm/max_map_count").unwrap().trim().parse().unwrap();
    if most > 200_000 {
        return skip("running out of mappings", &format!("{most} are allowed, which takes long"));
    }
    alone("no_more_mappings", || {
        let limit = most + 100;
        let mut heap = Heap::on(Linux, with_os_advice(config(Profile::Plan9, limit)));
        let at = heap.model.addr(0);
        assert_eq!(heap.alloc((limit - 10) * P), Ok(at));
        // SAFETY: the test's own region.
        let fault =
            |heap: &mut Heap<Linux>, page| unsafe { heap.layer.sys_fault_os(at + page * P, P) };
        // Two pages that are a mapping of their own, for a range that begins with them.
        let mixed = limit - 16;
        // SAFETY: as above.
        unsafe { heap.layer.sys_no_huge_page_os(at + mixed * P, 2 * P) }.unwrap();
        // And two of which closing the first takes a single mapping more.
        let last = limit - 12;
        // SAFETY: as above.
        unsafe { heap.layer.sys_no_huge_page_os(at + last * P, 2 * P) }.unwrap();
        let mut pages = (0..limit - 20).step_by(2);
        let refused = pages.find(|&page| fault(&mut heap, page).is_err()).expect("all were closed");
        assert_eq!(fault(&mut heap, refused), Err(Error::NoMem));
        write(at + refused * P, P, 1);
        // That takes two mappings more, so that one can be left.
        let _ = fault(&mut heap, last);
        // The kernel closes the first mapping, and cannot divide the next.
        // SAFETY: as above.
        let closed = unsafe { heap.layer.sys_fault_os(at + mixed * P, 3 * P) };
        assert_eq!(closed, Err(Error::NoMem));
        write(at + mixed * P, 3 * P, 1);
        // What was closed can be opened, and then another closed in its place.
        // SAFETY: as above.
        unsafe { heap.layer.sys_map_os(at, P, b"") }.unwrap();
        write(at, P, 1);
        assert_eq!(fault(&mut heap, refused), Ok(()));
        // Freed, open and closed ones alike, which opens them all.
        assert_eq!(heap.free(at, (limit - 10) * P), Ok(()));
        assert_eq!(heap.check(), Ok(()));
        amount(&format!("{} pages closed, with {most} mappings", refused / 2));
    });
}
