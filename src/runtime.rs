//! [`Sbrk`]: Go's `sys…OS` functions over one break and one free list.
//!
//! A region of memory is in one of the four states of Go's `mem.go`: None (not
//! the caller's), Reserved, Prepared, Ready (may be accessed). This layer knows
//! no difference between the last three unless the advice is
//! [`Advice::Os`], when `sysFaultOS` makes one.
//!
//! Every function first looks at its arguments and only then stores anything,
//! so a call that fails has changed nothing. Sizes are bytes. None of them
//! locks: an instance has one user at a time, and the process-wide instance is
//! behind [`memlock`](crate::memlock).

mod hints;
#[cfg(test)]
mod tests;

use crate::addr::{align_down, align_up, is_aligned};
use crate::brk::{Brk, Layout, Step};
use crate::config::{Access, Advice, Check, Config, Profile};
use crate::error::Error;
use crate::freelist::{Block, Fault, Freelist, Place, check_zero};
use crate::journal::{Change, in_order};
use crate::names::{NameStats, Names};
use crate::os::{Hint, Os};

/// One sbrk memory layer: the state that Go keeps in the variables of
/// `mem_sbrk.go`.
#[derive(Debug)]
pub struct Sbrk<O> {
    os: O,
    brk: Brk,
    freelist: Freelist,
    names: Names,
    advice: Advice,
    check: Check,
    access: Access,
    /// Bytes handed out and not freed.
    in_use: usize,
    /// Address of what [`Sbrk::sys_alloc_os`] gave last: when it comes back first, it
    /// is likely to be in the processor's caches still. A guess, so it outlives a
    /// segment.
    last: usize,
    /// Whether any range may have been made inaccessible.
    faulted: bool,
    /// Whether a header was found overwritten: from then on nothing is given.
    poisoned: bool,
    refusals: u64,
}

/// Counters of one layer. All sizes are bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Handed out and not freed.
    pub in_use: usize,
    /// On the free list.
    pub free: usize,
    /// Blocks on the free list.
    pub free_blocks: usize,
    /// Most the segment ever held, which is what it holds now: it never shrinks.
    pub high_water: usize,
    /// In physical memory now; 0 also where that cannot be told.
    pub resident: usize,
    /// Mapped for the layer's own records, outside the segment.
    pub metadata: usize,
    /// Times the memory grew.
    pub growths: u64,
    /// Calls that failed or were refused.
    pub refusals: u64,
}

/// Memory that `sysReserveAlignedSbrk` gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Its address, a multiple of the alignment.
    pub addr: usize,
    /// Its bytes.
    pub size: usize,
}

impl<O: Os> Sbrk<O> {
    /// A layer without a segment: every call fails with [`Error::NoMem`] until
    /// [`Sbrk::init`].
    pub const fn new(os: O) -> Self {
        Self {
            os,
            brk: Brk::new(),
            freelist: Freelist::new(),
            names: Names::new(),
            advice: Advice::Go,
            check: Check::Fast,
            access: Access::Always,
            in_use: 0,
            last: 0,
            faulted: false,
            poisoned: false,
            refusals: 0,
        }
    }

    /// Starts afresh: gives back the segment there was and makes a new one.
    ///
    /// # Errors
    /// [`Error::Config`]: the configuration contradicts itself; nothing has
    /// changed. [`Error::NoMem`], [`Error::ForeignBreak`]: the segment cannot be
    /// had; the layer then has none.
    ///
    /// # Safety
    /// Nobody uses memory of the old segment any more, and nobody but this
    /// layer maps or unmaps anything in the new one.
    pub unsafe fn init(&mut self, config: &Config) -> Result<(), Error> {
        let layout = Layout::new(config)?;
        // SAFETY: the caller's promise.
        unsafe { self.drop_segment() };
        if layout.base() != 0 && self.os.is_mapped(layout.base()) == Some(true) {
            return Err(Error::ForeignBreak);
        }
        self.advice = config.advice;
        self.check = config.check;
        self.access = config.access;
        self.freelist.journal.begin(Change::Unmapped, layout.base(), layout.first_mapped());
        let placed = self.place(&layout);
        self.freelist.journal.end();
        if placed.is_err() {
            // SAFETY: nobody has seen the segment.
            unsafe { self.drop_segment() };
        }
        placed
    }

    /// Makes a segment where there was none.
    fn place(&mut self, layout: &Layout) -> Result<(), Error> {
        let brk = Brk::init_bloc(&mut self.os, layout)?;
        // Nothing but the address is new, which takes one store.
        self.freelist.journal.begin(Change::Unmapped, brk.base(), layout.first_mapped());
        self.brk = brk;
        // SAFETY: the list has one system, this layer's.
        unsafe { self.freelist.reset(&mut self.os, self.brk.base(), self.brk.page_size()) };
        self.freelist.set_bare(self.access == Access::WhenMapped);
        if self.access == Access::WhenMapped {
            // Where the kernel refuses it stays open, which is no harm.
            // SAFETY: mapped just now, and nobody's.
            let _ = unsafe { self.os.advise(Hint::Fault, self.brk.base(), self.brk.mapped()) };
        }
        self.freelist.cover(&mut self.os, self.brk.end())
    }

    /// Gives the segment back to the system.
    ///
    /// # Safety
    /// Nobody uses its memory any more.
    pub unsafe fn drop_segment(&mut self) {
        let (base, mapped) = (self.brk.base(), self.brk.mapped());
        if mapped > 0 {
            self.freelist.journal.begin(Change::Unmapped, base, mapped);
            // SAFETY: the segment is this layer's, and its users are gone.
            unsafe { self.os.unmap(base, mapped) };
        }
        self.forget();
    }

    /// Becomes a layer without a segment.
    fn forget(&mut self) {
        self.brk = Brk::new();
        // SAFETY: the list has one system, this layer's.
        unsafe { self.freelist.reset(&mut self.os, 0, 1) };
        self.names.reset();
        self.in_use = 0;
        self.faulted = false;
        self.poisoned = false;
        self.refusals = 0;
        self.freelist.journal.end();
    }

    /// Makes whole what a thread left half-done that vanished in the middle of a
    /// call, as it does in a child of fork. What it was about to get is nobody's,
    /// and stays handed out; what it was about to give is free, or still handed
    /// out.
    pub fn mend(&mut self) {
        if let Some((Change::Unmapped, at, n)) = self.freelist.journal.pending() {
            if self.os.is_mapped(at) == Some(true) {
                // SAFETY: nothing was mapped there but this layer's segment.
                unsafe { self.os.unmap(at, n) };
            }
            return self.forget();
        }
        self.brk.mend(&self.os);
        self.names.mend();
        // SAFETY: free memory is mapped, and the layer's.
        unsafe { self.freelist.mend(self.brk.top(), self.brk.end()) };
        self.in_use = self.brk.top() - self.brk.start() - self.freelist.bytes();
    }

    /// Seeks free blocks by the tree of summaries from now on, as the layer does when
    /// there are many, however few there are. Every answer is the same, to the last
    /// bit; small heaps are slower. For proofs of just that, and for measurements.
    pub fn seek_by_tree(&mut self) {
        self.freelist.seek_by_tree();
    }

    /// Go's `sysAllocOS`: `n` bytes, rounded up to pages, of zeroed memory (None
    /// → Ready), from the free list or else from the break.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Overflow`], [`Error::Corrupt`] when a header was
    /// overwritten (and from then on), under [`Check::Full`] [`Error::Dirty`] when
    /// the bytes to be given are not zero, or what [`Brk::sbrk`] gives.
    ///
    /// # Safety
    /// The caller keeps the rules of the layer: nobody writes to memory that is
    /// not theirs.
    pub unsafe fn sys_alloc_os(&mut self, n: usize, vma_name: &[u8]) -> Result<usize, Error> {
        let given = self.ready(n).and_then(|rounded| {
            // SAFETY: the caller's promise.
            let p = unsafe { self.mem_alloc(rounded, true) }?;
            self.in_use += rounded;
            self.last = p;
            self.names.count(vma_name, n);
            Ok(p)
        });
        self.counted(given)
    }

    /// Go's `sysFreeOS`: takes `[v, v+n)` back (any state → None) and clears it.
    /// Where it ends at the break it lowers it, else it goes to the free list;
    /// `n` as given decides, so a size that is not whole pages always goes to
    /// the list. nil: nothing to do, whatever `n`.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Overflow`], [`Error::Unaligned`] for `v`,
    /// [`Error::Range`] outside of what was handed out, [`Error::DoubleFree`]
    /// where a part is free, [`Error::Mismatch`] where a part is another region's
    /// or `n` is neither whole pages nor the rest of its region;
    /// [`Error::Corrupt`]; [`Error::NoMem`] when a range that `sysFaultOS` closed
    /// cannot be opened to be cleared.
    ///
    /// # Safety
    /// Nobody uses the range any more.
    pub unsafe fn sys_free_os(&mut self, v: usize, n: usize) -> Result<(), Error> {
        if v == 0 {
            return Ok(());
        }
        // SAFETY: the caller's promise.
        let freed = self.ready(n).and_then(|rounded| unsafe { self.take_back(v, n, rounded) });
        self.counted(freed)
    }

    /// Go's `sysReserveOS`: reserves `n` bytes, rounded up to pages (None →
    /// Reserved). A hint that is the break extends the heap there; nil takes
    /// memory from anywhere; any other hint is declined with nil, whatever `n`,
    /// given here as `Ok(0)`: Go takes that for an answer, not for a failure.
    ///
    /// # Errors
    /// As [`Sbrk::sys_alloc_os`].
    ///
    /// # Safety
    /// As [`Sbrk::sys_alloc_os`].
    pub unsafe fn sys_reserve_os(
        &mut self,
        v: usize,
        n: usize,
        vma_name: &[u8],
    ) -> Result<usize, Error> {
        if v != 0 && v != self.brk.bloc() {
            return Ok(0);
        }
        let given = self.ready(n).and_then(|rounded| {
            let p = if v == 0 {
                // SAFETY: the caller's promise.
                unsafe { self.mem_alloc(rounded, false) }?
            } else {
                // SAFETY: as above.
                unsafe { self.sbrk(rounded, false) }?
            };
            self.in_use += rounded;
            self.names.count(vma_name, n);
            Ok(p)
        });
        self.counted(given)
    }

    /// Go's `sysReserveAlignedSbrk`: reserves `size` bytes, whole pages, at a
    /// multiple of `align`, a power of two (None → Reserved). From the free list
    /// when a block of `size+align` is there, trimmed at both ends; else at the
    /// next multiple above the break. What is skipped goes to the free list.
    ///
    /// Under [`Profile::WasmGo121`] it is what those releases had in its place,
    /// `sysReserveAligned` of `mem.go`: a reservation of `size+align`, trimmed
    /// unless it happens to be aligned; then all of it is the caller's.
    ///
    /// # Errors
    /// [`Error::Zero`] for the size, [`Error::Align`], [`Error::Unaligned`] for
    /// the size, [`Error::Overflow`], or what [`Brk::sbrk`] gives.
    ///
    /// # Safety
    /// As [`Sbrk::sys_alloc_os`].
    pub unsafe fn sys_reserve_aligned_sbrk(
        &mut self,
        size: usize,
        align: usize,
    ) -> Result<Reserved, Error> {
        let given = self.ready_aligned(size, align).and_then(|rounded| {
            // SAFETY: the arguments were checked just now.
            let given = unsafe { self.reserve_aligned(size, align, rounded) }?;
            self.in_use += self.brk.mem_round(given.size)?;
            self.names.count(b"", given.size);
            Ok(given)
        });
        self.counted(given)
    }

    /// Goes over a mapping of others that was in the way of the call before, which
    /// failed with [`Error::ForeignBreak`]: the break is behind it then, as if somebody
    /// had allocated all that lies between, and freed the part below the mapping. That
    /// call can be made again. `None`: nothing is in the way any more.
    ///
    /// # Errors
    /// [`Error::ForeignBreak`]: where the mapping ends cannot be told.
    /// [`Error::NoMem`]: beyond the ceiling, or no memory for the records. The break
    /// has not moved.
    ///
    /// # Safety
    /// As [`Sbrk::sys_alloc_os`].
    pub unsafe fn step_over(&mut self) -> Result<Option<Step>, Error> {
        let closed = self.access == Access::WhenMapped;
        let Some(step) = self.brk.way_over(&mut self.os, closed)? else { return Ok(None) };
        let Step { from, foreign, to } = step;
        self.freelist.cover(&mut self.os, to)?;
        // SAFETY: above everything that is free.
        unsafe { self.freelist.verify_last(from) }?;
        self.freelist.begin_region(from, to - from);
        self.brk.step(&step);
        self.in_use += to - foreign;
        if foreign > from {
            // SAFETY: mapped, nobody's, and zero.
            unsafe { self.skip(from, foreign - from) }?;
        }
        Ok(Some(step))
    }

    /// Go's `memCheck` over everything: the list, every block's bytes, and the
    /// memory between the break and the end of the segment. What cannot be accessed
    /// ([`Access::WhenMapped`]) is not looked at.
    ///
    /// # Errors
    /// The first fault found.
    ///
    /// # Safety
    /// Nobody writes to the segment meanwhile.
    pub unsafe fn mem_check(&self) -> Result<(), Fault> {
        if self.access == Access::WhenMapped {
            return Ok(());
        }
        // SAFETY: the segment is mapped up to its end, and free memory is never
        // closed to access.
        unsafe { self.freelist.mem_check() }?;
        // SAFETY: as above.
        unsafe { check_zero(self.brk.top(), self.brk.end() - self.brk.top()) }
    }

    /// The operating system.
    pub const fn os_mut(&mut self) -> &mut O {
        &mut self.os
    }

    /// Address of the segment; 0 before `init`.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.brk.base()
    }

    /// Go's `bloc`: the runtime's idea of the break.
    #[must_use]
    pub const fn bloc(&self) -> usize {
        self.brk.bloc()
    }

    /// Go's `blocMax`: the system's break.
    #[must_use]
    pub const fn bloc_max(&self) -> usize {
        self.brk.bloc_max()
    }

    /// End of the memory the system has given: `bloc_max` but under [`Profile::WasmGo121`].
    #[must_use]
    pub const fn end(&self) -> usize {
        self.brk.end()
    }

    /// Go's `physPageSize`: bytes in a page.
    #[must_use]
    pub const fn page_size(&self) -> usize {
        self.brk.page_size()
    }

    /// Go's `memFreelist`: the free blocks, ascending. From the records, so it is
    /// right even when a header was overwritten.
    pub fn mem_freelist(&self) -> impl Iterator<Item = Block> {
        self.freelist.iter()
    }

    /// Go's `memFreelist` itself: the address of the lowest free block, 0: none.
    #[must_use]
    pub const fn mem_freelist_head(&self) -> usize {
        self.freelist.head().addr()
    }

    /// The counters. Looks up what is resident, which can take a millisecond.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mapped = self.brk.mapped();
        Stats {
            in_use: self.in_use,
            free: self.freelist.bytes(),
            free_blocks: self.freelist.blocks(),
            high_water: self.brk.end() - self.brk.base(),
            metadata: self.freelist.records(),
            resident: if mapped == 0 { 0 } else { self.os.resident(self.brk.base(), mapped) },
            growths: self.brk.growths(),
            refusals: self.refusals,
        }
    }

    /// What was asked for under each name, in the order the names came.
    #[must_use]
    pub fn by_name(&self) -> &[NameStats] {
        self.names.rows()
    }

    /// Go's `memAlloc`: `n` bytes, whole pages, from the free list, else from the
    /// break. `open` says that they are to be accessed at once; else they are only
    /// reserved.
    ///
    /// # Safety
    /// Nobody writes to free memory, or it is found out.
    unsafe fn mem_alloc(&mut self, n: usize, open: bool) -> Result<usize, Error> {
        // SAFETY: the caller's promise.
        match unsafe { self.mem_alloc_no_grow(n, open) }? {
            Some(p) => Ok(p),
            // SAFETY: as above.
            None => unsafe { self.sbrk(n, open) },
        }
    }

    /// Go's `memAllocNoGrow`, [`Freelist::mem_alloc_no_grow`]; as [`Self::mem_alloc`].
    ///
    /// # Safety
    /// As [`Self::mem_alloc`].
    unsafe fn mem_alloc_no_grow(&mut self, n: usize, open: bool) -> Result<Option<usize>, Error> {
        let Self { os, freelist, .. } = self;
        let prepare = |at: usize, header: usize| {
            if self.access == Access::WhenMapped {
                // SAFETY: free, and so the layer's.
                return if open { unsafe { os.advise(Hint::Access, at, n) } } else { Ok(()) };
            }
            if self.check == Check::Full {
                // SAFETY: as above, and it can be read.
                unsafe { check_zero(at + header, n - header) }.map_err(Fault::error)?;
            }
            Ok(())
        };
        // SAFETY: free memory is mapped, and the layer's.
        unsafe { freelist.mem_alloc_no_grow(n, prepare) }
    }

    /// Go's `sbrk`, [`Brk::sbrk`], with the records to go with it: what it gives is
    /// a region. `open` as for [`Self::mem_alloc`].
    ///
    /// # Safety
    /// As [`Self::mem_alloc`].
    unsafe fn sbrk(&mut self, n: usize, open: bool) -> Result<usize, Error> {
        let (old, new) = (self.brk.top(), self.brk.top_after(n)?);
        let closes = self.access == Access::WhenMapped;
        if closes && open && old < self.brk.mapped_end() {
            // If the call fails after all, this stays open, and zero.
            // SAFETY: mapped, and nobody's.
            unsafe { self.os.advise(Hint::Access, old, self.brk.mapped_end().min(new) - old) }?;
        }
        if self.check == Check::Full && !closes && old < self.brk.end() {
            // SAFETY: as above.
            unsafe { check_zero(old, self.brk.end().min(new) - old) }.map_err(Fault::error)?;
        }
        let records = self.freelist.records();
        let grows = new > self.brk.end();
        if grows {
            self.freelist.cover(&mut self.os, new)?;
        }
        self.freelist.journal.begin(Change::Region, old, new - old);
        let given = self.brk.sbrk(&mut self.os, n, closes && !open);
        if given.is_ok() {
            self.freelist.begin_region(old, new - old);
        }
        self.freelist.journal.end();
        if grows && given.is_err() {
            // SAFETY: what was covered just now, by this layer's system.
            unsafe { self.freelist.uncover(&mut self.os, self.brk.end(), records) };
        }
        given
    }

    /// The rest of [`Sbrk::sys_free_os`], with `n` as given and rounded.
    ///
    /// # Safety
    /// Nobody uses the range any more.
    unsafe fn take_back(&mut self, v: usize, n: usize, rounded: usize) -> Result<(), Error> {
        if !is_aligned(v, self.brk.page_size()) {
            return Err(Error::Unaligned);
        }
        self.inside(v, rounded).map_err(|error| self.range_or_double_free(error, v, rounded))?;
        let top = self.brk.top();
        let place = self.freelist.place(v);
        self.freelist.check_region(place, rounded, n == rounded, top)?;
        if v + n == self.brk.bloc() {
            // SAFETY: nobody uses the range.
            unsafe { self.clear(v, rounded) }?;
            self.brk.lower(rounded);
            // Marked when it has gone back: a child of fork that finds the break where
            // it was must find the region whole.
            in_order();
            self.freelist.lower_region(v);
        } else {
            // SAFETY: checked to be one region's, page-aligned and not empty; nobody
            // uses it.
            unsafe { self.mem_free(place, rounded, true) }?;
        }
        self.in_use -= rounded;
        Ok(())
    }

    /// Go's `memFree`: clears `n` bytes from a place on, unless they are zero, and puts
    /// them on the free list.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::NoMem`] as [`Self::clear`]. Nothing has changed.
    ///
    /// # Safety
    /// They are whole pages of one region, at least one, and nobody uses them; every
    /// byte is zero unless they are `dirty`.
    unsafe fn mem_free(&mut self, place: Place, n: usize, dirty: bool) -> Result<(), Error> {
        // SAFETY: page-aligned and not empty.
        let gap = unsafe { self.freelist.gap(place, n) }?;
        if dirty {
            // SAFETY: the caller's promise.
            unsafe { self.clear(place.addr(), n) }?;
        }
        // SAFETY: the gap is its own, and it is zero.
        unsafe { self.freelist.mem_free(&gap, n, self.brk.top()) };
        Ok(())
    }

    /// Go's `memclrNoHeapPointers` over a range that is given up: opened first if
    /// need be, or closed, and with it cleared, where free memory is.
    ///
    /// # Errors
    /// [`Error::NoMem`]: it cannot be opened or closed, and stays handed out.
    ///
    /// # Safety
    /// The range is the segment's, and nobody uses it.
    unsafe fn clear(&mut self, v: usize, n: usize) -> Result<(), Error> {
        if self.access == Access::WhenMapped {
            // SAFETY: the caller's promise.
            return unsafe { self.os.advise(Hint::Fault, v, n) };
        }
        if self.faulted {
            // SAFETY: the caller's promise.
            unsafe { self.os.advise(Hint::Access, v, n) }?;
        }
        // SAFETY: as above, and it is open.
        unsafe { self.os.clear(v, n, v == self.last) };
        Ok(())
    }

    /// What is wrong with freeing a range that is not inside: it is a region that
    /// went back to the break, or it never was one.
    fn range_or_double_free(&self, error: Error, v: usize, n: usize) -> Error {
        let above =
            v >= self.brk.top() && v.checked_add(n).is_some_and(|end| end <= self.brk.end());
        if above && self.freelist.was_lowered(v) { Error::DoubleFree } else { error }
    }

    /// The rest of [`Sbrk::sys_reserve_aligned_sbrk`]; `rounded` is `size+align`
    /// in whole pages.
    ///
    /// # Safety
    /// As [`Self::mem_alloc`]; the arguments were checked.
    unsafe fn reserve_aligned(
        &mut self,
        size: usize,
        align: usize,
        rounded: usize,
    ) -> Result<Reserved, Error> {
        let go121 = self.brk.profile() == Profile::WasmGo121;
        // SAFETY: the caller's promise.
        let found = match unsafe { self.mem_alloc_no_grow(rounded, false) }? {
            Some(p) => p,
            None if go121 => {
                // The slack will follow the last block, which is verified while
                // nothing has changed.
                // SAFETY: above everything that is free.
                unsafe { self.freelist.verify_last(self.brk.top()) }?;
                // SAFETY: the caller's promise.
                unsafe { self.sbrk(rounded, false) }?
            }
            // SAFETY: the caller's promise.
            None => return unsafe { self.grow_aligned(size, align) },
        };
        // `found + align` is inside what was taken.
        let start = align_down(found + align - 1, align);
        if go121 && start == found {
            return Ok(Reserved { addr: found, size: size + align });
        }
        let end = start + size;
        for (from, to) in [(found, start), (end, found + rounded)] {
            if from < to {
                // SAFETY: cut from a free block or fresh from the break, so it is
                // zero; and its neighbours were verified on the way.
                unsafe { self.skip(from, to - from) }?;
            }
        }
        Ok(Reserved { addr: start, size })
    }

    /// Reserves at the next multiple of `align` above the break.
    ///
    /// # Safety
    /// As [`Self::mem_alloc`].
    unsafe fn grow_aligned(&mut self, size: usize, align: usize) -> Result<Reserved, Error> {
        let bloc = self.brk.bloc();
        let p = align_up(bloc, align).ok_or(Error::Overflow)?;
        let end = p.checked_add(size).ok_or(Error::Overflow)?;
        if p > bloc {
            // The slack will be the last block: its neighbour is verified while
            // nothing has changed.
            // SAFETY: above everything that is free.
            unsafe { self.freelist.verify_last(bloc) }?;
        }
        // SAFETY: the caller's promise.
        let r = unsafe { self.sbrk(end - bloc, false) }?;
        if p > r {
            // SAFETY: skipped just now, so it is zero.
            unsafe { self.skip(r, p - r) }?;
        }
        Ok(Reserved { addr: p, size })
    }

    /// Puts slack on the free list: memory that is zero and was handed out to
    /// nobody. It is not cleared again, so what was never touched stays out of
    /// physical memory.
    ///
    /// # Safety
    /// Every byte of the range is zero, and it was just taken.
    unsafe fn skip(&mut self, at: usize, n: usize) -> Result<(), Error> {
        self.os.skipped(at, n);
        // SAFETY: in whole pages, and taken just now.
        unsafe { self.mem_free(self.freelist.place(at), n, false) }
    }

    /// Checks that `[v, v+n)` lies inside what can be handed out.
    fn inside(&self, v: usize, n: usize) -> Result<(), Error> {
        match v.checked_add(n) {
            Some(end) if v >= self.brk.start() && end <= self.brk.top() => Ok(()),
            _ => Err(Error::Range),
        }
    }

    /// The checks that every call with a size has in common; gives the size in
    /// whole pages.
    fn ready(&self, n: usize) -> Result<usize, Error> {
        if self.brk.base() == 0 {
            return Err(Error::NoMem);
        }
        if n == 0 {
            return Err(Error::Zero);
        }
        let rounded = self.brk.mem_round(n)?;
        if self.poisoned { Err(Error::Corrupt) } else { Ok(rounded) }
    }

    /// The checks of an aligned reserve; gives `size+align` in whole pages.
    fn ready_aligned(&self, size: usize, align: usize) -> Result<usize, Error> {
        self.ready(size)?;
        if !align.is_power_of_two() {
            return Err(Error::Align);
        }
        if !is_aligned(size, self.brk.page_size()) {
            return Err(Error::Unaligned);
        }
        size.checked_add(align).ok_or(Error::Overflow).and_then(|n| self.brk.mem_round(n))
    }

    fn counted<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        match result {
            Ok(_) => {}
            Err(error) => {
                self.refusals += 1;
                self.poisoned |= error == Error::Corrupt;
            }
        }
        result
    }
}
