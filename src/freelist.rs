//! Go's free list: `memHdr`, `memHdrPtr`, `memFreelist`, `memAllocNoGrow`,
//! `memFree`, `memCheck`.
//!
//! ```text
//! memFreelist ──► ┌──────┬──────┬───────┐   ┌──────┬──────┬──────────┐
//!                 │ next │ size │ zeros │   │  0   │ size │  zeros   │
//!                 └──┬───┴──────┴───────┘   └──────┴──────┴──────────┘
//!                    └────────────────────►
//! ```
//! The list ascends by address; no two blocks touch, because `memFree` merges
//! neighbours; every byte of a block but its 16 of header is zero. Blocks lie
//! below the break, and are never merged with it.
//!
//! Nothing here locks: the caller holds `memlock`, as in Go. Nothing here asks
//! the kernel for anything either.

use crate::addr::{self, align_up, is_aligned};
use crate::error::Error;
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
        addr::header(self.0)
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

/// A free block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Block {
    /// Address of its first byte, which is also its header's.
    pub addr: usize,
    /// Its bytes.
    pub size: usize,
}

impl Block {
    /// The address behind its last byte.
    #[must_use]
    pub const fn end(self) -> usize {
        self.addr + self.size
    }
}

/// The list, and what is known of it without a walk.
#[derive(Debug, Default)]
pub struct Freelist {
    /// Go's `memFreelist`: the lowest block, or nil.
    head: MemHdrPtr,
    /// The highest block, so that freeing above it needs no walk.
    last: Option<Block>,
    /// How many blocks there are.
    blocks: usize,
    /// Their bytes.
    bytes: usize,
}

/// Where a range goes in the list: between these two, one or both absent.
#[derive(Debug)]
pub struct Gap {
    prev: Option<Block>,
    next: Option<Block>,
}

impl Freelist {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { head: MemHdrPtr::NIL, last: None, blocks: 0, bytes: 0 }
    }

    /// Go's `memFreelist`: the lowest block's address, or nil.
    #[must_use]
    pub const fn head(&self) -> MemHdrPtr {
        self.head
    }

    /// How many blocks are free.
    #[must_use]
    pub const fn blocks(&self) -> usize {
        self.blocks
    }

    /// How many bytes are free.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The highest block.
    #[must_use]
    pub const fn last(&self) -> Option<Block> {
        self.last
    }

    /// The blocks, ascending.
    ///
    /// # Safety
    /// The headers are whole, and nobody changes the list meanwhile.
    pub unsafe fn iter(&self) -> impl Iterator<Item = Block> {
        let mut at = self.head;
        core::iter::from_fn(move || {
            let block = Block {
                addr: at.ptr()?.addr().get(),
                // SAFETY: a link in a whole list leads to a header.
                size: unsafe { addr::load(at.addr()) }.size,
            };
            // SAFETY: as above.
            at = unsafe { addr::load(block.addr) }.next;
            Some(block)
        })
    }

    /// Go's `memAllocNoGrow`, behind its rounding: takes `n` bytes out of the
    /// lowest block that has as many (None or Prepared → Ready). A block of
    /// just that size is unlinked; a larger one keeps its head and loses its
    /// tail, so that only its size changes. `None`: no block is large enough.
    ///
    /// The bytes are zero: the body was, and the header of an unlinked block is
    /// cleared here.
    ///
    /// # Safety
    /// `n` is a multiple of the page and not 0; the headers are whole; the
    /// caller holds `memlock`.
    pub unsafe fn mem_alloc_no_grow(&mut self, n: usize) -> Option<usize> {
        let mut prev = None;
        // SAFETY: the list is whole by the caller's promise, and is changed
        // only after the walk has ended.
        let found = unsafe { self.iter() }.find(|block| {
            let fits = block.size >= n;
            if !fits {
                prev = Some(*block);
            }
            fits
        })?;
        self.bytes -= n;
        if found.size == n {
            // SAFETY: `found` is in the list and `prev` is the block before it.
            unsafe { self.unlink(prev, found) };
            return Some(found.addr);
        }
        let rest = Block { size: found.size - n, ..found };
        // SAFETY: `found` is in the list, so its header is.
        let hdr = unsafe { addr::load(found.addr) };
        // SAFETY: as above. The tail is zero already, as all of a block's body.
        unsafe { addr::store(found.addr, MemHdr { size: rest.size, ..hdr }) };
        if self.last == Some(found) {
            self.last = Some(rest);
        }
        Some(rest.end())
    }

    /// Takes a block out of the list and clears its header.
    ///
    /// # Safety
    /// `block` is in the list, `prev` is the one before it; `memlock` is held.
    unsafe fn unlink(&mut self, prev: Option<Block>, block: Block) {
        // SAFETY: `block` is in the list.
        let next = unsafe { addr::load(block.addr) }.next;
        // SAFETY: `prev` is in the list.
        unsafe { self.link(prev, next) };
        // SAFETY: the 16 bytes belong to the block.
        unsafe { addr::store(block.addr, MemHdr::ZERO) };
        if self.last == Some(block) {
            self.last = prev;
        }
        self.blocks -= 1;
    }

    /// Makes `next` what follows `prev`, or the head of the list.
    ///
    /// # Safety
    /// `prev` is in the list; `memlock` is held.
    unsafe fn link(&mut self, prev: Option<Block>, next: MemHdrPtr) {
        match prev {
            None => self.head = next,
            // SAFETY: `prev` is in the list, so its header may be written.
            Some(prev) => unsafe { addr::store(prev.addr, MemHdr { next, size: prev.size }) },
        }
    }

    /// Go's `memFree`, behind its rounding: clears `[at, at+n)` and makes it
    /// available again (Ready → None). `gap` is where it goes.
    ///
    /// # Safety
    /// Nobody uses the range any more; `gap` is what [`Self::gap`] gave for it,
    /// and the list has not changed since; the caller holds `memlock`.
    pub unsafe fn mem_free(&mut self, gap: &Gap, at: usize, n: usize) {
        // SAFETY: nobody uses the range, and no block of the list is in it.
        unsafe { addr::clear(at, n) };
        // SAFETY: the range is zero now and the gap is its own.
        unsafe { self.insert(gap, Block { addr: at, size: n }) };
    }

    /// [`Self::mem_free`] of a range that is zero already, which is not cleared
    /// again: so slack that was never touched stays out of physical memory.
    ///
    /// # Safety
    /// The range is page-aligned, not empty, on no list, and every byte of it is
    /// zero; nobody uses it; the headers are whole; the caller holds `memlock`.
    pub unsafe fn mem_free_zeroed(&mut self, at: usize, n: usize) {
        // SAFETY: the list is whole, by the caller's promise.
        if let Ok(gap) = unsafe { self.gap(at, n) } {
            // SAFETY: the range is zero and the gap is its own.
            unsafe { self.insert(&gap, Block { addr: at, size: n }) };
        }
    }

    /// Where `[at, at+n)` goes: the whole check of a free against the list.
    ///
    /// # Errors
    /// [`Error::DoubleFree`]: a part of it is on the list.
    ///
    /// # Safety
    /// The headers are whole; the caller holds `memlock`.
    pub unsafe fn gap(&self, at: usize, n: usize) -> Result<Gap, Error> {
        if let Some(last) = self.last.filter(|last| last.end() <= at) {
            return Ok(Gap { prev: Some(last), next: None });
        }
        let mut prev = None;
        // SAFETY: the caller's promise.
        let next = unsafe { self.iter() }.find(|block| {
            let above = block.addr >= at;
            if !above {
                prev = Some(*block);
            }
            above
        });
        let below_free = prev.is_some_and(|prev| prev.end() > at);
        let above_free = next.is_some_and(|next| next.addr < at + n);
        if below_free || above_free { Err(Error::DoubleFree) } else { Ok(Gap { prev, next }) }
    }

    /// Links a block in and merges it with the block after it, then with the
    /// block before it, clearing each header that ends up inside.
    ///
    /// # Safety
    /// The block is zero, nobody uses it, and the gap is the one it lies in;
    /// `memlock` is held.
    unsafe fn insert(&mut self, gap: &Gap, mut block: Block) {
        self.bytes += block.size;
        self.blocks += 1;
        let mut after = MemHdrPtr::at(gap.next.map_or(0, |next| next.addr));
        let mut last = gap.next.is_none();
        if let Some(next) = gap.next.filter(|next| next.addr == block.end()) {
            block.size += next.size;
            // SAFETY: `next` is in the list.
            after = unsafe { addr::load(next.addr) }.next;
            // SAFETY: as above; from here on its header is inside `block`.
            unsafe { addr::store(next.addr, MemHdr::ZERO) };
            self.blocks -= 1;
            last = after == MemHdrPtr::NIL;
        }
        match gap.prev {
            Some(prev) if prev.end() == block.addr => {
                block = Block { size: prev.size + block.size, ..prev };
                self.blocks -= 1;
            }
            // SAFETY: `prev`, if there is one, is in the list.
            prev => unsafe { self.link(prev, MemHdrPtr::at(block.addr)) },
        }
        // SAFETY: the header's 16 bytes belong to the block.
        unsafe { addr::store(block.addr, MemHdr { next: after, size: block.size }) };
        if last {
            self.last = Some(block);
        }
    }

    /// Go's `memCheck`, whole: Go looks at every block but the last, and at
    /// nothing outside the blocks. Each header is checked before it is followed,
    /// so this ends and stays inside the segment whatever the list looks like.
    ///
    /// `low` is the lowest address a block can have, `high` the end of what was
    /// handed out, `page` the page size.
    ///
    /// # Errors
    /// The first fault found, from the lowest address up.
    ///
    /// # Safety
    /// `[low, high)` is readable memory of the segment; `memlock` is held.
    pub unsafe fn mem_check(&self, low: usize, high: usize, page: usize) -> Result<(), Fault> {
        let (mut blocks, mut bytes, mut last) = (0, 0, None);
        let mut at = self.head;
        let mut floor = low;
        while at != MemHdrPtr::NIL {
            let block = at.addr();
            if block < floor || block >= high || !is_aligned(block, page) {
                return Err(Fault::Stray { link: block });
            }
            // SAFETY: inside the segment and aligned, as just seen.
            let hdr = unsafe { addr::load(block) };
            let fits = hdr.size <= high - block && is_aligned(hdr.size, page) && hdr.size != 0;
            if !fits {
                return Err(Fault::Size { block, size: hdr.size });
            }
            let next = hdr.next.addr();
            if next == block {
                return Err(Fault::InfiniteLoop { block });
            }
            if next != 0 && next < block {
                return Err(Fault::Unordered { block, next });
            }
            if next != 0 && next - block < hdr.size {
                return Err(Fault::Overlapping { block, size: hdr.size, next });
            }
            // SAFETY: the block is inside the segment, as just seen.
            unsafe { check_zero(block + HEADER, hdr.size - HEADER) }?;
            blocks += 1;
            bytes += hdr.size;
            floor = block + hdr.size;
            last = Some(Block { addr: block, size: hdr.size });
            at = hdr.next;
        }
        if (blocks, bytes, last) == (self.blocks, self.bytes, self.last) {
            Ok(())
        } else {
            Err(Fault::Lost { blocks: self.blocks.wrapping_sub(blocks) })
        }
    }
}

/// Checks that a range reads as zero.
///
/// # Errors
/// [`Fault::Uninitialised`] with the first word that does not.
///
/// # Safety
/// As [`addr::first_dirty_word`].
pub unsafe fn check_zero(at: usize, n: usize) -> Result<(), Fault> {
    // SAFETY: the caller's promise.
    match unsafe { addr::first_dirty_word(at, n) } {
        None => Ok(()),
        Some(addr) => Err(Fault::Uninitialised { addr }),
    }
}

/// Go's `memRound` for pages of `page` bytes: up to a multiple of the page.
///
/// # Errors
/// [`Error::Overflow`] when that wraps; Go's would give 0.
pub fn mem_round(n: usize, page: usize) -> Result<usize, Error> {
    align_up(n, page).ok_or(Error::Overflow)
}

/// What `memCheck` can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A block links to itself.
    InfiniteLoop {
        /// Its address.
        block: usize,
    },
    /// A block links downwards.
    Unordered {
        /// Its address.
        block: usize,
        /// Where it links to.
        next: usize,
    },
    /// A block runs into the next.
    Overlapping {
        /// Its address.
        block: usize,
        /// Its size.
        size: usize,
        /// Address of the next.
        next: usize,
    },
    /// Free memory is not zero.
    Uninitialised {
        /// Address of the first word that is not.
        addr: usize,
    },
    /// A link leads out of the heap or between pages.
    Stray {
        /// Where it leads.
        link: usize,
    },
    /// A block's size is 0, not whole pages, or leads out of the heap.
    Size {
        /// The block's address.
        block: usize,
        /// What its header says.
        size: usize,
    },
    /// The list has not the blocks that were put into it.
    Lost {
        /// How many are missing.
        blocks: usize,
    },
}

impl Fault {
    /// The error a call gives on it.
    #[must_use]
    pub const fn error(self) -> Error {
        match self {
            Self::Uninitialised { .. } => Error::Dirty,
            _ => Error::Corrupt,
        }
    }

    /// What it is called: Go's own words where Go has a check for it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::InfiniteLoop { .. } => "mem: infinite loop",
            Self::Unordered { .. } => "mem: unordered list",
            Self::Overlapping { .. } => "mem: overlapping blocks",
            Self::Uninitialised { .. } => "mem: uninitialised memory",
            Self::Stray { .. } => "mem: link out of the heap",
            Self::Size { .. } => "mem: impossible block size",
            Self::Lost { .. } => "mem: blocks lost",
        }
    }
}
