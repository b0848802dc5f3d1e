//! What the layer asks of an operating system. The core never names a system
//! call; [`linux`] makes them, and tests bring a fake that fails on demand.
//!
//! Every range given is not empty and inside the address space. Where it begins and its
//! size are multiples of the system's page, which has at least 4096 bytes.
//! A call that fails has changed nothing, but that what was to be forfeit may be.

#[cfg(test)]
pub mod fake;
pub mod linux;

use crate::error::Error;

/// What a range of the segment shall be from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Its pages may be taken back; it reads as zero from now on.
    Release,
    /// It may be read and written again.
    Access,
    /// Any access faults, and its pages are taken back.
    Fault,
    /// Huge pages are welcome.
    HugePage,
    /// Huge pages are not welcome.
    NoHugePage,
    /// It should be on huge pages at once, where that is possible.
    Collapse,
}

/// An operating system, or something that plays one in a test.
pub trait Os {
    /// Bytes of a page as a power of two, always the same: what the system maps,
    /// protects and gives back in. From 12 to 16.
    fn page_shift(&self) -> u32 {
        12
    }

    /// Maps the first `n` bytes of a segment, zeroed, where there is room above
    /// for it to grow, and gives their address: `at` if that is not 0, else one
    /// that is a multiple of `align` at least.
    ///
    /// # Errors
    /// [`Error::ForeignBreak`]: something is mapped at `at`.
    /// [`Error::NoMem`]: refused, or there is no room anywhere.
    fn place(&mut self, at: usize, n: usize, align: usize) -> Result<usize, Error>;

    /// Maps fresh zeroed memory at exactly `[at, at+n)`.
    ///
    /// # Errors
    /// [`Error::ForeignBreak`]: something is mapped there already.
    /// [`Error::NoMem`]: refused.
    fn map(&mut self, at: usize, n: usize) -> Result<(), Error>;

    /// As [`Os::map`], but memory that cannot be accessed before [`Hint::Access`].
    ///
    /// # Errors
    /// As [`Os::map`].
    fn map_closed(&mut self, at: usize, n: usize) -> Result<(), Error> {
        self.map(at, n)
    }

    /// The lowest mapping of others that reaches into `[from, to)`: where it begins,
    /// `from` at least, and where it and those right behind it end. `None`: there is
    /// none any more.
    ///
    /// # Errors
    /// [`Error::ForeignBreak`]: that cannot be told.
    fn obstacle(&mut self, _from: usize, _to: usize) -> Result<Option<(usize, usize)>, Error> {
        Err(Error::ForeignBreak)
    }

    /// Gives back a range that [`Os::place`] and [`Os::map`] made.
    ///
    /// # Safety
    /// Nobody uses the range any more.
    unsafe fn unmap(&mut self, at: usize, n: usize);

    /// Changes the size of a range of its own, zeroed at first, for the layer's
    /// records: `old` bytes at `at` become `new` bytes, with what was there, at
    /// the address given. From 0 bytes it makes one, to 0 bytes it takes it back. Sizes
    /// are multiples of 4096, not of the page.
    ///
    /// # Errors
    /// [`Error::NoMem`]: refused; never to 0 bytes.
    ///
    /// # Safety
    /// Nobody has a reference into the range, or relies on where it is.
    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error>;

    /// Whether anything is mapped at an address, a multiple of the page; `None`: that
    /// cannot be told.
    fn is_mapped(&self, _at: usize) -> Option<bool> {
        Some(false)
    }

    /// Applies a hint to a mapped range.
    ///
    /// # Errors
    /// [`Error::NoMem`]: refused; only [`Hint::Release`], [`Hint::Access`] and
    /// [`Hint::Fault`] can be, the others are best effort. A range that was to be
    /// released keeps its bytes and can be accessed as before. Of one that was to fault
    /// the contents may be gone, and parts may fault.
    ///
    /// # Safety
    /// The range was mapped by [`Os::place`] or [`Os::map`]. Under [`Hint::Release`] and
    /// [`Hint::Fault`] its contents are forfeit, so nobody may rely on them; under
    /// [`Hint::Access`] too, where the system says so.
    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error>;

    /// Learns that a mapped range was skipped for an alignment: nobody will use it as a
    /// whole, but parts of it now and then.
    fn skipped(&mut self, _at: usize, _n: usize) {}

    /// Clears a mapped range, in whole pages. `warm` says that it is likely to be in
    /// the processor's caches.
    ///
    /// # Safety
    /// As [`Os::advise`], and the range can be written.
    unsafe fn clear(&mut self, at: usize, n: usize, _warm: bool) {
        // SAFETY: the caller's promise.
        unsafe { crate::addr::clear(at, n) };
    }

    /// How many bytes of a mapped range are in physical memory now; 0 also where that
    /// cannot be told.
    fn resident(&self, at: usize, n: usize) -> usize;
}
