//! Where regions start: what was handed out in one piece, so that a free of
//! something else is found out.
//!
//! No free page is the start of a region. Above the break a mark stays where one
//! was that went back to it.

use super::{Freelist, Place};
use crate::error::Error;

impl Freelist {
    /// Checks that `n` bytes from a place on, below `top`, are a region or a part of
    /// one, so that they can be freed. `whole` says that the caller named every byte
    /// of them; else they have to be the end of their region.
    ///
    /// # Errors
    /// Of what comes first from the place on: [`Error::DoubleFree`], a free page, or
    /// [`Error::Mismatch`], the end of the region.
    pub fn check_region(
        &self,
        place: Place,
        n: usize,
        whole: bool,
        top: usize,
    ) -> Result<(), Error> {
        let end = place.addr() + n;
        let (from, to) = (self.blocks.page(place.addr()), self.blocks.page(end));
        let map = &self.blocks.map;
        let start = map.next_start(from + 1, to);
        if let Some(free) = self.blocks.first_free(place, n) {
            if start.is_none_or(|start| start > free) {
                return Err(Error::DoubleFree);
            }
        }
        let fits = whole || end == top || map.is_free(to) || map.is_start(to);
        if start.is_none() && fits { Ok(()) } else { Err(Error::Mismatch) }
    }

    /// Whether any page that `[at, at+n)` touches is free.
    #[must_use]
    #[inline(never)]
    pub fn has_free(&self, at: usize, n: usize) -> bool {
        self.blocks.has_free(at, n)
    }

    /// Records that `[at, at+n)`, from the break, is a region.
    pub fn begin_region(&mut self, at: usize, n: usize) {
        let (from, to) = (self.blocks.page(at), self.blocks.page(at + n));
        self.blocks.map.clear_starts(from + 1, to);
        self.blocks.map.set_start(from);
    }

    /// Records that what is left above `[.., end)` of a region that ends at `top` or
    /// below is a region of its own.
    pub(super) fn begin_rest(&mut self, end: usize, top: usize) {
        if end < top {
            self.blocks.map.begin_rest(self.blocks.page(end));
        }
    }

    /// Whether no region starts in `[at, at+n)`.
    pub(super) fn has_no_start(&self, at: usize, n: usize) -> bool {
        self.blocks.map.next_start(self.blocks.page(at), self.blocks.page(at + n)).is_none()
    }

    /// Records that the region at `at`, or its rest from there on, went back to
    /// the break, so that freeing it again can be told from a stray address.
    pub fn lower_region(&mut self, at: usize) {
        self.blocks.map.set_start(self.blocks.page(at));
    }

    /// Whether a region that began at `at`, above the break, went back to it.
    #[must_use]
    pub fn was_lowered(&self, at: usize) -> bool {
        self.blocks.map.is_start(self.blocks.page(at))
    }
}
