//! What the memory layer promises, told a second time: in pages, from the rules
//! alone. It knows what every page is, and nothing of headers, links or maps.

use gosbrk::{Error, Profile};
use std::ops::Range;

/// What a page below the break is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    /// On the free list.
    Free,
    /// The first of a region.
    First,
    /// Another of a region.
    Rest,
}

/// A segment. Pages are numbered from the first that can be handed out.
#[derive(Clone, Debug)]
pub struct Model {
    pub profile: Profile,
    /// Address of page 0.
    pub start: usize,
    /// Every page below the break, which is where they end.
    pub pages: Vec<Page>,
    /// Pages that the system has given.
    pub end: usize,
    /// Most pages that it gives.
    pub limit: usize,
    /// Whether a region began at a page that went back to the break with it, by
    /// page, and was not handed out again since.
    lowered: Vec<bool>,
}

/// What a request gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its pages.
    pub pages: Range<usize>,
    /// Everything taken for it, from where it lay before: also what was skipped.
    pub taken: Range<usize>,
    /// Whether the break had to move for it.
    pub grown: bool,
}

impl Model {
    /// An empty segment.
    pub fn new(profile: Profile, start: usize, limit: usize) -> Self {
        Self { profile, start, pages: Vec::new(), end: 0, limit, lowered: vec![false; limit] }
    }

    pub fn page_size(&self) -> usize {
        self.profile.page_size()
    }

    /// Pages below the break.
    pub fn top(&self) -> usize {
        self.pages.len()
    }

    /// Address of a page.
    pub fn addr(&self, page: usize) -> usize {
        self.start + page * self.page_size()
    }

    fn break_moves(&self) -> bool {
        self.profile != Profile::WasmGo121
    }

    /// Runs of free pages, ascending.
    pub fn free_runs(&self) -> impl Iterator<Item = Range<usize>> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let first = (from..self.top()).find(|&page| self.pages[page] == Page::Free)?;
            from = (first..self.top()).find(|&p| self.pages[p] != Page::Free).unwrap_or(self.top());
            Some(first..from)
        })
    }

    /// Regions, ascending.
    pub fn regions(&self) -> impl Iterator<Item = Range<usize>> {
        (0..self.top()).filter(|&page| self.pages[page] == Page::First).map(|first| {
            let end = (first + 1..self.top()).find(|&page| self.pages[page] != Page::Rest);
            first..end.unwrap_or(self.top())
        })
    }

    /// Pages that are handed out.
    pub fn in_use(&self) -> usize {
        self.pages.iter().filter(|&&page| page != Page::Free).count()
    }

    /// Whether `free(v, n)` is a proper call: the pages it frees, none for nil, or
    /// what is wrong with it. Where more than one thing is, the size comes first,
    /// then the address, then where the range lies, then what it meets first from
    /// its beginning on.
    pub fn judge_free(&self, v: usize, n: usize) -> Result<Option<Range<usize>>, Error> {
        let size = self.page_size();
        if v == 0 {
            return Ok(None);
        }
        if n == 0 {
            return Err(Error::Zero);
        }
        if n > usize::MAX - size + 1 {
            return Err(Error::Overflow);
        }
        if v & (size - 1) != 0 {
            return Err(Error::Unaligned);
        }
        let count = n.div_ceil(size);
        let Some(first) = v.checked_sub(self.start).map(|bytes| bytes / size) else {
            return Err(Error::Range);
        };
        if count > self.top() || first > self.top() - count {
            // It may have been a region once that went back to the break.
            let once = first >= self.top() && first < self.end && count <= self.end - first;
            return Err(if once && self.lowered[first] { Error::DoubleFree } else { Error::Range });
        }
        let range = first..first + count;
        for page in range.clone() {
            match self.pages[page] {
                Page::Free => return Err(Error::DoubleFree),
                Page::First if page > first => return Err(Error::Mismatch),
                _ => {}
            }
        }
        // A size that is not whole pages is that of a region, or of its rest.
        if n % size != 0 && self.pages.get(range.end) == Some(&Page::Rest) {
            return Err(Error::Mismatch);
        }
        Ok(Some(range))
    }

    /// A proper `free` of these pages; `whole` unless the size given was not a
    /// multiple of the page.
    pub fn free(&mut self, range: Range<usize>, whole: bool) {
        if whole && range.end == self.top() && self.break_moves() {
            self.pages.truncate(range.start);
            self.lowered[range.start] = true;
            return;
        }
        if let Some(after) = self.pages.get_mut(range.end).filter(|page| **page == Page::Rest) {
            *after = Page::First;
        }
        self.pages[range].fill(Page::Free);
    }

    /// Whether `n` bytes are a proper size, in pages.
    pub fn judge_size(&self, n: usize) -> Result<usize, Error> {
        match n {
            0 => Err(Error::Zero),
            n if n > usize::MAX - self.page_size() + 1 => Err(Error::Overflow),
            n => Ok(n.div_ceil(self.page_size())),
        }
    }

    /// What an allocation of `n` pages gets.
    pub fn look(&self, n: usize) -> Result<Given, Error> {
        match self.free_runs().find(|run| run.len() >= n) {
            Some(run) => {
                let pages = run.end - n..run.end;
                Ok(Given { taken: pages.clone(), pages, grown: false })
            }
            None => self.look_up(n),
        }
    }

    /// What `n` pages at the break get.
    pub fn look_up(&self, n: usize) -> Result<Given, Error> {
        let top = self.top() as u128 * self.page_size() as u128 + self.start as u128;
        let counts = self.profile != Profile::Plan9 && n > u32::MAX as usize;
        if counts || top + n as u128 * self.page_size() as u128 > usize::MAX as u128 {
            return Err(Error::Overflow);
        }
        if n > self.limit - self.top() {
            return Err(Error::NoMem);
        }
        let pages = self.top()..self.top() + n;
        Ok(Given { taken: pages.clone(), pages, grown: true })
    }

    /// The runs whose headers are looked at and written over to hand this out, by
    /// their first page: the one it is cut from, and the one below if nothing of
    /// that is left; or the last one, if pages are skipped above it.
    pub fn headers_of_take(&self, given: &Given) -> Vec<usize> {
        let Given { pages, taken, grown } = given;
        let runs: Vec<_> = self.free_runs().map(|run| (run.start, run.end)).collect();
        if *grown {
            let last = runs.last().filter(|_| pages != taken);
            return last.map(|run| run.0).into_iter().collect();
        }
        let at = runs.iter().position(|run| run.1 == taken.end).unwrap();
        let below = at.checked_sub(1).filter(|_| runs[at].0 == taken.start);
        below.into_iter().chain([at]).map(|at| runs[at].0).collect()
    }

    /// The same of a free: the run below it, and the one that follows at once.
    pub fn headers_of_free(&self, range: &Range<usize>, whole: bool) -> Vec<usize> {
        if whole && range.end == self.top() && self.break_moves() {
            return Vec::new();
        }
        let below = self.free_runs().filter(|run| run.end <= range.start).last();
        let above = self.free_runs().find(|run| run.start == range.end);
        below.into_iter().chain(above).map(|run| run.start).collect()
    }

    /// What an aligned reservation gets. Under the profile of Go 1.21 it may be
    /// more than was asked for.
    pub fn look_aligned(&self, size: usize, align: usize) -> Result<Given, Error> {
        let page = self.page_size();
        let n = self.judge_size(size)?;
        if !align.is_power_of_two() {
            return Err(Error::Align);
        }
        if size % page != 0 {
            return Err(Error::Unaligned);
        }
        let both = self.judge_size(size.checked_add(align).ok_or(Error::Overflow)?)?;
        let aligned = |addr: usize| addr.checked_next_multiple_of(align).ok_or(Error::Overflow);
        let listed = self.free_runs().any(|run| run.len() >= both);
        if listed || !self.break_moves() {
            let given = self.look(both)?;
            let from = self.addr(given.pages.start);
            if !self.break_moves() && from % align == 0 {
                return Ok(given);
            }
            let first = (aligned(from)? - self.start) / page;
            return Ok(Given { pages: first..first + n, ..given });
        }
        let first = aligned(self.addr(self.top()))?;
        first.checked_add(size).ok_or(Error::Overflow)?;
        let first = (first - self.start) / page;
        let given = self.look_up(first + n - self.top())?;
        Ok(Given { pages: first..first + n, ..given })
    }

    /// Hands out what was found.
    pub fn take(&mut self, given: &Given) {
        let Given { pages, taken, .. } = given;
        if taken.end > self.top() {
            self.pages.resize(taken.end, Page::Free);
            self.end = self.end.max(taken.end);
        }
        self.pages[taken.clone()].fill(Page::Free);
        self.pages[pages.clone()].fill(Page::Rest);
        self.pages[pages.start] = Page::First;
        self.lowered[taken.clone()].fill(false);
    }
}
