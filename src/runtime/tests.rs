//! What Go has nothing to compare with: refusals, hints, failures of the kernel.
//! That placement equals Go's is the lock-step engines' to prove.
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "runs of calls under one promise")]

mod hints;
mod memory;
mod order;
mod pages;
mod refusals;

use super::{Reserved, Sbrk};
use crate::config::Config;
use crate::error::Error;
use crate::freelist::{Block, Fault};
use crate::memhdr::load;
use crate::os::fake::Fake;

const P: usize = 4096;
const TOP: usize = usize::MAX;

fn layer(config: &Config) -> Sbrk<Fake> {
    let mut layer = Sbrk::new(Fake::default());
    // SAFETY: a layer of this test's own.
    unsafe { layer.init(config) }.unwrap();
    layer
}

/// A layer with live pages 0, 2, 4 and 5, free pages 1 and 3, and the break
/// behind page 5, one page below blocMax.
fn used(config: &Config) -> Sbrk<Fake> {
    let mut layer = layer(config);
    let pages = [0, 1, 2, 3, 4].map(|i| layer_page(&layer, i));
    for at in pages {
        assert_eq!(layer.alloc(P), Ok(at));
    }
    assert_eq!(layer.alloc(2 * P), Ok(pages[4] + P));
    for at in [pages[4] + 2 * P, pages[1], pages[3]] {
        assert_eq!(layer.free(at, P), Ok(()));
    }
    layer
}

fn layer_page(layer: &Sbrk<Fake>, i: usize) -> usize {
    layer.brk.start() + i * P
}

/// The calls under test, with the promises of this module: the tests write to
/// memory of their own only, but where a test is about just that.
impl Sbrk<Fake> {
    fn alloc(&mut self, n: usize) -> Result<usize, Error> {
        // SAFETY: see above.
        unsafe { self.sys_alloc_os(n, b"test") }
    }

    fn free(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: see above.
        unsafe { self.sys_free_os(v, n) }
    }

    fn reserve(&mut self, v: usize, n: usize) -> Result<usize, Error> {
        // SAFETY: see above.
        unsafe { self.sys_reserve_os(v, n, b"test") }
    }

    fn aligned(&mut self, size: usize, align: usize) -> Result<Reserved, Error> {
        // SAFETY: see above.
        unsafe { self.sys_reserve_aligned_sbrk(size, align) }
    }

    fn checked(&self) -> Result<(), Fault> {
        // SAFETY: see above.
        unsafe { self.mem_check() }
    }

    /// Everything a refused call must leave as it is.
    fn snapshot(&self) -> (usize, usize, usize, usize, Vec<Block>, Vec<[usize; 2]>) {
        let list = self.mem_freelist().collect();
        let bytes = (self.base()..self.end())
            .step_by(16)
            .map(|at| {
                // SAFETY: inside the segment.
                let words = unsafe { load(at) };
                [words.next.addr(), words.size]
            })
            .collect();
        (self.bloc(), self.bloc_max(), self.end(), self.in_use, list, bytes)
    }
}
