//! What each call has to do, from nothing but what every page is. Knows of no list, no
//! header and no summary; a page at a time is fast enough here.

use crate::arena::{BASE, ROOM};
use gosbrk::error::Error;
use gosbrk::{Advice, Config, Profile};
use std::collections::BTreeSet;
use std::ops::Range;

/// What a page below the break is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Below where the break began: never handed out.
    Outside,
    /// On the free list.
    Free,
    /// Held, and a region starts here.
    First,
    /// Held, and part of the region before it.
    Rest,
}

/// A call of the layer. Addresses are absolute, 0 is nil.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// `sysAllocOS`
    Alloc(usize),
    /// `sysFreeOS`
    Free(usize, usize),
    /// `sysReserveOS`
    Reserve(usize, usize),
    /// `sysReserveAlignedSbrk`
    Aligned(usize, usize),
    /// `sysMapOS`
    Map(usize, usize),
    /// `sysUsedOS`
    Used(usize, usize),
    /// `sysUnusedOS`
    Unused(usize, usize),
    /// `sysHugePageOS`
    HugePage(usize, usize),
    /// `sysNoHugePageOS`
    NoHugePage(usize, usize),
    /// `sysHugePageCollapseOS`
    Collapse(usize, usize),
    /// `sysFaultOS`
    Fault(usize, usize),
}

/// What a call that is not refused does. Pages are numbered from the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The break goes up to a page, or stays there; these pages become a region, and
    /// what is skipped is free.
    Take {
        /// The page that the break is at.
        top: usize,
        /// The region.
        region: Range<usize>,
        /// Its bytes, as the caller hears of them.
        size: usize,
    },
    /// The pages, up to the break, go back to it.
    Lower(Range<usize>),
    /// The pages go to the free list.
    Free(Range<usize>),
    /// The bytes read as zero from now on.
    Clear(Range<usize>),
}

/// One segment.
pub struct Model {
    profile: Profile,
    advice: Advice,
    /// Bytes in a page.
    pub page: usize,
    /// The first page that can be handed out.
    start: usize,
    limit: usize,
    /// Go's `bloc`, from the base.
    pub bloc: usize,
    /// Go's `blocMax`, from the base.
    pub bloc_max: usize,
    /// The end of memory, from the base.
    pub end: usize,
    /// What each page below the break is; below the end, where the break stays put.
    pub tags: Vec<Tag>,
    /// The free blocks, ascending.
    pub blocks: Vec<Range<usize>>,
    /// How many pages are held.
    pub held: usize,
    /// Pages above the break where a region went back to it.
    gone: BTreeSet<usize>,
    /// Whether memory was ever closed, so that it has to be opened.
    faulted: bool,
}

impl Model {
    /// The segment that a configuration makes, of which nothing is wrong.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let page = config.profile.page_size();
        let round = |n: usize| n.next_multiple_of(page);
        let bloc = round(config.start);
        let end = if config.initial == 0 { bloc } else { round(config.initial) };
        let go121 = config.profile == Profile::WasmGo121;
        let start = if go121 { end } else { bloc };
        let limit = if config.limit == 0 { config.profile.default_limit() } else { config.limit };
        Self {
            profile: config.profile,
            advice: config.advice,
            page,
            start: start / page,
            limit,
            bloc,
            bloc_max: if go121 { bloc } else { end },
            end,
            tags: vec![Tag::Outside; start / page],
            blocks: Vec::new(),
            held: 0,
            gone: BTreeSet::new(),
            faulted: false,
        }
    }

    /// What a call has to do.
    ///
    /// # Errors
    /// What it has to be refused with.
    pub fn predict(&self, call: Call) -> Result<Effect, Error> {
        match call {
            Call::Alloc(n) | Call::Reserve(0, n) => {
                let n = self.rounded(n)?;
                self.cut_from_list(n).map_or_else(|| self.take_from_break(n), Ok)
            }
            Call::Reserve(v, n) if v == BASE + self.bloc => self.take_from_break(self.rounded(n)?),
            Call::Reserve(..) | Call::Free(0, _) => Ok(Effect::None),
            Call::Aligned(size, align) => self.aligned(size, align),
            Call::Free(v, n) => self.free(v, n),
            Call::Map(..) | Call::Used(..) if !self.faulted => Ok(Effect::None),
            Call::Unused(_, n) if self.advice == Advice::Os && !n.is_multiple_of(4096) => {
                Err(Error::Unaligned)
            }
            Call::Unused(v, n) | Call::Fault(v, n) => {
                let bytes = self.hinted(v, n, true)?;
                Ok(if bytes.is_empty() { Effect::None } else { Effect::Clear(bytes) })
            }
            Call::HugePage(v, n) => self.hinted(v, n, false).map(|_| Effect::None),
            Call::Map(v, n) | Call::Used(v, n) | Call::NoHugePage(v, n) | Call::Collapse(v, n) => {
                self.hinted(v, n, true).map(|_| Effect::None)
            }
        }
    }

    /// Does what a call does.
    pub fn apply(&mut self, call: Call, effect: &Effect) {
        match effect {
            Effect::None | Effect::Clear(_) => {}
            Effect::Take { top, region, .. } => {
                let old = self.tags.len();
                self.tags.resize(old.max(*top), Tag::Free);
                self.gone.retain(|page| !(old..*top).contains(page));
                self.tags[region.clone()].fill(Tag::Rest);
                self.tags[region.start] = Tag::First;
                self.end = self.end.max(self.tags.len() * self.page);
                if self.profile != Profile::WasmGo121 {
                    self.bloc = self.tags.len() * self.page;
                    self.bloc_max = self.end;
                }
            }
            Effect::Lower(pages) => {
                self.tags.truncate(pages.start);
                self.bloc = pages.start * self.page;
                self.gone.insert(pages.start);
            }
            Effect::Free(pages) => {
                self.tags[pages.clone()].fill(Tag::Free);
                if self.tags.get(pages.end) == Some(&Tag::Rest) {
                    self.tags[pages.end] = Tag::First;
                }
            }
        }
        self.look();
        self.faulted |= matches!((call, effect), (Call::Fault(..), Effect::Clear(_)));
    }

    /// Looks for the free blocks, and counts what is held.
    fn look(&mut self) {
        self.blocks.clear();
        self.held = self.tags.len() - self.start;
        let mut from = 0;
        loop {
            let held = skip(&self.tags, from, Tag::Rest);
            let Some(skipped) = self.tags[held..].iter().position(|&tag| tag == Tag::Free) else {
                return;
            };
            let start = held + skipped;
            let free = skip(&self.tags, start, Tag::Free);
            let rest = self.tags[free..].iter().position(|&tag| tag != Tag::Free);
            from = rest.map_or(self.tags.len(), |pages| free + pages);
            self.blocks.push(start..from);
            self.held -= from - start;
        }
    }

    /// Whether somebody holds a page.
    #[must_use]
    pub fn is_held(&self, page: usize) -> bool {
        matches!(self.tags.get(page), Some(Tag::First | Tag::Rest))
    }

    /// The region that a held page is in.
    #[must_use]
    pub fn region(&self, page: usize) -> Range<usize> {
        let first = (0..=page).rev().find(|&p| self.tags[p] == Tag::First).unwrap_or(page);
        let end = (page + 1..self.tags.len()).find(|&p| self.tags[p] != Tag::Rest);
        first..end.unwrap_or(self.tags.len())
    }

    /// The absolute address of a page.
    #[must_use]
    pub fn addr(&self, page: usize) -> usize {
        BASE + page * self.page
    }

    /// The most pages there is room for.
    #[must_use]
    pub fn room(&self) -> usize {
        self.limit.min(ROOM) / self.page
    }

    fn round(&self, n: usize) -> Result<usize, Error> {
        n.checked_next_multiple_of(self.page).ok_or(Error::Overflow)
    }

    fn rounded(&self, n: usize) -> Result<usize, Error> {
        if n == 0 { Err(Error::Zero) } else { self.round(n) }
    }

    /// The tail of the lowest free block that has `n` bytes, whole pages.
    fn cut_from_list(&self, n: usize) -> Option<Effect> {
        let pages = n / self.page;
        let block = self.blocks.iter().find(|block| block.len() >= pages)?;
        Some(Effect::Take { top: self.tags.len(), region: block.end - pages..block.end, size: n })
    }

    /// `n` bytes, whole pages, at the break.
    fn take_from_break(&self, n: usize) -> Result<Effect, Error> {
        let (old, new) = (self.tags.len(), self.grown(n)?);
        Ok(Effect::Take { top: new, region: old..new, size: n })
    }

    /// The page that the break is at once it has gone up by `n` bytes, whole pages.
    fn grown(&self, n: usize) -> Result<usize, Error> {
        let top = self.tags.len() * self.page;
        if self.profile != Profile::Plan9 && n / self.page >= 1 << 32 {
            return Err(Error::Overflow);
        }
        (BASE + top).checked_add(n).ok_or(Error::Overflow)?;
        if top + n > self.end && top + n > self.limit.min(ROOM) {
            return Err(Error::NoMem);
        }
        Ok((top + n) / self.page)
    }

    fn aligned(&self, size: usize, align: usize) -> Result<Effect, Error> {
        self.rounded(size)?;
        if !align.is_power_of_two() {
            return Err(Error::Align);
        }
        if !size.is_multiple_of(self.page) {
            return Err(Error::Unaligned);
        }
        let both = self.round(size.checked_add(align).ok_or(Error::Overflow)?)?;
        let go121 = self.profile == Profile::WasmGo121;
        let found = match self.cut_from_list(both) {
            Some(found) => found,
            None if go121 => self.take_from_break(both)?,
            None => return self.grown_aligned(size, align),
        };
        let Effect::Take { top, region, .. } = found else { unreachable!() };
        let p = self.addr(region.start).next_multiple_of(align);
        if go121 && p == self.addr(region.start) {
            return Ok(Effect::Take { top, region, size: size + align });
        }
        let first = (p - BASE) / self.page;
        Ok(Effect::Take { top, region: first..first + size / self.page, size })
    }

    /// `size` bytes at the next multiple of `align` above the break.
    fn grown_aligned(&self, size: usize, align: usize) -> Result<Effect, Error> {
        let bloc = BASE + self.bloc;
        let p = bloc.checked_next_multiple_of(align).ok_or(Error::Overflow)?;
        let end = p.checked_add(size).ok_or(Error::Overflow)?;
        let top = self.grown(end - bloc)?;
        Ok(Effect::Take { top, region: (p - BASE) / self.page..top, size })
    }

    fn free(&self, v: usize, n: usize) -> Result<Effect, Error> {
        let rounded = self.rounded(n)?;
        if !v.is_multiple_of(self.page) {
            return Err(Error::Unaligned);
        }
        let top = self.addr(self.tags.len());
        let end = v.checked_add(rounded).filter(|&end| end <= BASE + self.end && v >= BASE);
        let Some(end) = end else { return Err(Error::Range) };
        let pages = (v - BASE) / self.page..(end - BASE) / self.page;
        if v >= top && self.gone.contains(&pages.start) {
            return Err(Error::DoubleFree);
        }
        if pages.start < self.start || end > top {
            return Err(Error::Range);
        }
        for page in pages.clone() {
            match self.tags[page] {
                Tag::Free => return Err(Error::DoubleFree),
                Tag::First if page > pages.start => return Err(Error::Mismatch),
                _ => {}
            }
        }
        if n != rounded && self.tags.get(pages.end) == Some(&Tag::Rest) {
            return Err(Error::Mismatch);
        }
        Ok(if v + n == BASE + self.bloc { Effect::Lower(pages) } else { Effect::Free(pages) })
    }

    /// The bytes that a hint is about, from the base; none where it reaches nobody.
    fn hinted(&self, v: usize, n: usize, aligned: bool) -> Result<Range<usize>, Error> {
        if self.advice == Advice::Go || n == 0 {
            return Ok(0..0);
        }
        if aligned && !v.is_multiple_of(4096) {
            return Err(Error::Unaligned);
        }
        let whole = n.checked_next_multiple_of(4096).ok_or(Error::Overflow)?;
        let n = if aligned { whole } else { n };
        let end = v.checked_add(n).ok_or(Error::Range)?;
        if v < self.addr(self.start) || end > self.addr(self.tags.len()) {
            return Err(Error::Range);
        }
        let bytes = v - BASE..end - BASE;
        let mut touched = bytes.start / self.page..bytes.end.div_ceil(self.page);
        if touched.any(|page| self.tags[page] == Tag::Free) { Err(Error::Range) } else { Ok(bytes) }
    }
}

/// Goes over pages that are all the same, many at a time: a page that is not, or any
/// of those right before it.
fn skip(tags: &[Tag], mut from: usize, tag: Tag) -> usize {
    let many = [tag; 64];
    while tags[from..].starts_with(&many) {
        from += many.len();
    }
    from
}
