//! Systems with pages of 16 and 64 KiB.

use super::{Fake, Sbrk};
use crate::config::{Access, Advice, Config, Profile};
use crate::error::Error;
use crate::os::Hint;
use crate::random::Random;

fn layer(page_shift: u32, config: &Config) -> Sbrk<Fake> {
    let mut layer = Sbrk::new(Fake::with_pages(page_shift));
    // SAFETY: a layer of this test's own.
    unsafe { layer.init(config) }.unwrap();
    layer
}

#[test]
fn the_page_is_the_larger_one_of_profile_and_system() {
    for (profile, page_shift, page) in [
        (Profile::Plan9, 12, 4096),
        (Profile::Plan9, 14, 16 << 10),
        (Profile::Plan9, 16, 64 << 10),
        (Profile::Wasm, 12, 64 << 10),
        (Profile::Wasm, 14, 64 << 10),
        (Profile::WasmGo121, 16, 64 << 10),
    ] {
        let config = Config { profile, start: 1, ..Config::default() };
        let mut layer = layer(page_shift, &config);
        let start = layer.brk.start();
        assert_eq!((layer.page_size(), start - layer.base()), (page, page), "{profile:?}");
        assert_eq!(layer.alloc(1), Ok(start));
        assert_eq!(layer.alloc(page + 1), Ok(start + page));
        assert_eq!(layer.end(), start + 3 * page);
        assert_eq!(layer.free(start, page), Ok(()));
        assert_eq!(layer.mem_freelist().count(), 1);
        assert_eq!(layer.checked(), Ok(()));
    }
}

#[test]
fn a_base_between_two_pages_is_refused() {
    let mut layer = Sbrk::new(Fake::with_pages(16));
    let config = Config { base: (1 << 32) + 4096, ..Config::default() };
    // SAFETY: a layer of this test's own.
    assert_eq!(unsafe { layer.init(&config) }, Err(Error::Config));
}

#[test]
fn what_lies_between_two_pages_is_refused() {
    for page_shift in [14, 16] {
        let config = Config { advice: Advice::Os, ..Config::default() };
        let mut layer = layer(page_shift, &config);
        let page = 1 << page_shift;
        let at = layer.alloc(4 * page).unwrap();
        assert_eq!(layer.free(at + 4096, page), Err(Error::Unaligned));
        // SAFETY: the range was given.
        assert_eq!(unsafe { layer.sys_unused_os(at, 4096) }, Err(Error::Unaligned));
        // SAFETY: as above.
        assert_eq!(unsafe { layer.sys_unused_os(at + 4096, page) }, Err(Error::Unaligned));
        // SAFETY: as above.
        assert_eq!(unsafe { layer.sys_fault_os(at + 4096, page) }, Err(Error::Unaligned));
        assert!(layer.os_mut().hints.is_empty());
        // SAFETY: as above.
        assert_eq!(unsafe { layer.sys_fault_os(at, 1) }, Ok(()));
        assert_eq!(layer.os_mut().hints, [(Hint::Fault, 0, page)]);
    }
}

/// The same calls, with sizes in pages: every offset is so many times larger.
#[test]
fn large_pages_are_small_ones_on_another_scale() {
    for access in [Access::Always, Access::WhenMapped] {
        for seed in 0..20 {
            let [small, large] = [12, 16].map(|page_shift| trail(page_shift, access, seed));
            assert_eq!(small, large, "{access:?}, seed {seed}");
        }
    }
}

/// What random calls give, in pages.
fn trail(page_shift: u32, access: Access, seed: u64) -> Vec<Result<usize, Error>> {
    let limit = 48 << page_shift;
    let config = Config { access, limit, advice: Advice::Os, ..Config::default() };
    let mut layer = layer(page_shift, &config);
    let mut random = Random::new(seed);
    let (mut live, mut trail) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let n = (1 + random.below(4)) << page_shift;
        let given = match random.below(5) {
            0..2 if !live.is_empty() => {
                let (at, n) = live.swap_remove(random.below(live.len()));
                assert_eq!(layer.free(at, n), Ok(()));
                trail.extend(layer.mem_freelist().map(|block| Ok(block.size >> page_shift)));
                continue;
            }
            2 => layer.aligned(n, 2 << page_shift).map(|given| given.addr),
            3 => layer.reserve(0, n),
            _ => layer.alloc(n),
        };
        if let Ok(at) = given {
            live.push((at, n));
        }
        trail.push(given.map(|at| (at - layer.base()) >> page_shift));
    }
    trail
}
