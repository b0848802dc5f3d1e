//! jemalloc: a cache for each thread, in front of slabs and extents.

use crate::side::{Side, fail};
use std::ptr::{NonNull, null_mut};
use tikv_jemalloc_sys::{MALLOCX_ALIGN, MALLOCX_ZERO, mallctl, mallocx, sdallocx};

/// The allocator of the process.
#[derive(Clone, Copy)]
pub struct Jemalloc;

impl Side for Jemalloc {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        // SAFETY: no plan asks for 0 bytes.
        NonNull::new(unsafe { mallocx(n, MALLOCX_ALIGN(align) | MALLOCX_ZERO) }.cast())
    }

    fn fill(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        // SAFETY: as above.
        NonNull::new(unsafe { mallocx(n, MALLOCX_ALIGN(align)) }.cast())
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, align: usize) {
        // SAFETY: the caller's promise.
        unsafe { sdallocx(p.as_ptr().cast(), n, MALLOCX_ALIGN(align)) };
    }

    fn empty(&mut self) {
        // 4096 stands for all arenas.
        for name in [c"thread.tcache.flush", c"arena.4096.purge"] {
            let nothing = null_mut();
            // SAFETY: a name that takes and gives no value.
            if unsafe { mallctl(name.as_ptr(), nothing, null_mut(), nothing, 0) } != 0 {
                fail("jemalloc cannot be emptied");
            }
        }
    }
}
