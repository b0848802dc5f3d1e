//! Go's `memHdr` and `memHdrPtr`: what stands at the start of every free block, and how
//! it is read and written.

use crate::addr::pointer;
use core::ptr::NonNull;

/// Go's `memHdr`: stands at the start of every free block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct MemHdr {
    /// The next block up, or nil.
    pub next: MemHdrPtr,
    /// Bytes in this block, header included: a multiple of the page.
    pub size: usize,
}

impl MemHdr {
    /// What Go writes as `memHdr{}`.
    pub const ZERO: Self = Self { next: MemHdrPtr::NIL, size: 0 };
}

/// Bytes of a header.
pub const HEADER: usize = size_of::<MemHdr>();

/// Go's `memHdrPtr`: the address of a header as a number, so that Go's garbage
/// collector never takes it for a pointer. 0 is nil.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct MemHdrPtr(usize);

impl MemHdrPtr {
    /// The end of a list.
    pub const NIL: Self = Self(0);

    /// Go's `memHdrPtr.ptr`: the header pointed to; `None` for nil.
    #[must_use]
    pub fn ptr(self) -> Option<NonNull<MemHdr>> {
        header(self.0)
    }

    /// Go's `memHdrPtr.set`: points it to a header, or with `None` to nothing.
    pub fn set(&mut self, x: Option<NonNull<MemHdr>>) {
        self.0 = x.map_or(0, |p| p.as_ptr().expose_provenance());
    }

    /// The address itself; 0 is nil.
    #[must_use]
    pub const fn addr(self) -> usize {
        self.0
    }

    /// Points to the header at an address; 0 is nil.
    #[must_use]
    pub const fn at(addr: usize) -> Self {
        Self(addr)
    }
}

/// The header at an address; `None` for 0, Go's nil.
#[must_use]
pub fn header(at: usize) -> Option<NonNull<MemHdr>> {
    NonNull::new(pointer(at))
}

/// Reads the header at `at`.
///
/// # Safety
/// `at` is a multiple of 16 and 16 bytes there are readable memory of a segment
/// that the caller has exclusive use of.
#[must_use]
pub unsafe fn load(at: usize) -> MemHdr {
    // SAFETY: the caller's promise.
    unsafe { pointer::<MemHdr>(at).read() }
}

/// Writes the header at `at`.
///
/// # Safety
/// As [`load`], and the bytes are writable and free.
pub unsafe fn store(at: usize, hdr: MemHdr) {
    // SAFETY: the caller's promise.
    unsafe { pointer::<MemHdr>(at).write(hdr) }
}
