//! The kernel itself.

use crate::plan::PAGE;
use crate::side::{Side, fail};
use std::ptr::{NonNull, null_mut};

/// A mapping for each allocation.
#[derive(Clone, Copy)]
pub struct Mmap;

impl Side for Mmap {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        if align == PAGE {
            return map(n);
        }
        let all = n + align;
        let p = map(all)?;
        let head = p.align_offset(align);
        // SAFETY: inside the mapping made just now.
        let start = unsafe { p.add(head) };
        unmap(p, head);
        // SAFETY: likewise.
        unmap(unsafe { start.add(n) }, all - head - n);
        Some(start)
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, _: usize) {
        unmap(p, n.next_multiple_of(PAGE));
    }
}

fn map(n: usize) -> Option<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a fresh mapping, at an address of the kernel's choosing.
    let p = unsafe { libc::mmap(null_mut(), n, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    NonNull::new(p.cast()).filter(|_| p != libc::MAP_FAILED)
}

fn unmap(p: NonNull<u8>, n: usize) {
    // SAFETY: callers give what they mapped, and nobody uses it.
    if n > 0 && unsafe { libc::munmap(p.as_ptr().cast(), n) } != 0 {
        fail("munmap: too many mappings (vm.max_map_count)");
    }
}
