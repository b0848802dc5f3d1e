//! The break: Go's `bloc`, `blocMax`, `memRound`, `initBloc` and `sbrk`.
//!
//! ```text
//! base        start                    bloc            blocMax        limit
//!  │ caller's  │ handed out, or free    │ given back     │ not mapped   │
//!  │ data      │ and on the list        │ to the break   │              │
//! ```
//! The segment is a region of its own, never the process's real `brk`, which
//! libc's `malloc` owns. It grows on demand, right behind its end, and reserves
//! nothing ahead but its first page. The memory between `bloc` and `blocMax` is zero.

mod foreign;
mod layout;

use crate::addr::align_up;
use crate::config::Profile;
use crate::error::Error;
use crate::journal::in_order;
use crate::os::Os;
pub use foreign::Step;
pub use layout::Layout;

/// The break of one segment. All addresses are absolute.
#[derive(Debug, Default)]
pub struct Brk {
    profile: Profile,
    base: usize,
    start: usize,
    bloc: usize,
    bloc_max: usize,
    /// End of the memory that the system has given: `bloc_max`, but under
    /// [`Profile::WasmGo121`], where `bloc_max` never moves.
    end: usize,
    /// End of what is mapped: `end`, but for the first page, which is mapped
    /// from the start so that nobody else can take the segment's place.
    mapped: usize,
    /// Where `mapped` goes if the system grants what it is being asked for; 0: it
    /// is not being asked.
    asked: usize,
    /// Most bytes from base to end.
    limit: usize,
    /// Address that the end may not pass.
    ceiling: usize,
    /// Where the end was to go when something foreign was in the way.
    refused: usize,
    growths: u64,
}

impl Brk {
    /// No segment yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            profile: Profile::Plan9,
            base: 0,
            start: 0,
            bloc: 0,
            bloc_max: 0,
            end: 0,
            mapped: 0,
            asked: 0,
            limit: 0,
            ceiling: 0,
            refused: 0,
            growths: 0,
        }
    }

    /// Go's `initBloc`, and what `osinit` does on wasm: a fresh segment with
    /// `bloc` and `blocMax` where the layout wants them. Go takes the first from
    /// the end of the program's data.
    ///
    /// # Errors
    /// [`Error::NoMem`], [`Error::ForeignBreak`]: the segment cannot be had.
    pub fn init_bloc<O: Os>(os: &mut O, layout: &Layout) -> Result<Self, Error> {
        let Layout { profile, page, start, initial, limit, ceiling, .. } = *layout;
        let base = os.place(layout.base, layout.first_mapped(), page)?;
        let (bloc, end) = (base + start, base + initial);
        let mapped = base + layout.first_mapped();
        let bloc_max = if profile == Profile::WasmGo121 { bloc } else { end };
        let start = if profile == Profile::WasmGo121 { end } else { bloc };
        let new = Self { profile, base, start, bloc, bloc_max, end, mapped, ..Self::new() };
        Ok(Self { limit, ceiling, ..new })
    }

    /// Go's `memRound`: `n` bytes up to a multiple of the page.
    ///
    /// # Errors
    /// [`Error::Overflow`] when that wraps; Go's would give 0.
    #[inline]
    pub fn mem_round<O: Os>(&self, os: &O, n: usize) -> Result<usize, Error> {
        mem_round(n, self.page_size(os))
    }

    /// Where [`Self::top`] will be after `sbrk(n)`, if the system agrees.
    ///
    /// # Errors
    /// [`Error::Overflow`]: the new break does not fit the address space, or the
    /// pages do not fit the 32 bits that `growMemory` takes.
    /// [`Error::NoMem`]: it is beyond the limit or the ceiling.
    pub fn top_after<O: Os>(&self, os: &O, n: usize) -> Result<usize, Error> {
        let n = self.mem_round(os, n)?;
        if self.profile != Profile::Plan9 && n / self.profile.page_size() > u32::MAX as usize {
            return Err(Error::Overflow);
        }
        let new = self.top().checked_add(n).ok_or(Error::Overflow)?;
        if new > self.end && (new - self.base > self.limit || new > self.ceiling) {
            return Err(Error::NoMem);
        }
        Ok(new)
    }

    /// Go's `sbrk` of the profile: `n` bytes, rounded up, of memory that is zero
    /// (None → Ready), right behind what was handed out last. `n` is not 0. What has to
    /// be mapped for it cannot be accessed if it is to be `closed`.
    ///
    /// # Errors
    /// As [`Self::top_after`]; [`Error::NoMem`], [`Error::ForeignBreak`]: the
    /// system does not agree. Nothing has changed.
    pub fn sbrk<O: Os>(&mut self, os: &mut O, n: usize, closed: bool) -> Result<usize, Error> {
        let (old, new) = (self.top(), self.top_after(os, n)?);
        if new > self.end {
            self.grow(os, new, closed)?;
        }
        if self.profile != Profile::WasmGo121 {
            self.bloc = new;
            in_order();
            self.bloc_max = self.end;
        }
        Ok(old)
    }

    /// Maps what is missing below a new end: Plan 9's `brk_`, wasm's
    /// `growMemory`. The pages are fresh, so they are zero.
    fn grow<O: Os>(&mut self, os: &mut O, end: usize, closed: bool) -> Result<(), Error> {
        if end > self.mapped {
            self.refused = end;
            // A child of fork must be able to tell, when it finds something there,
            // whether the question had been answered: so it is noted only where there
            // is nothing. A child that cannot know may come to be refused what its
            // parent has got.
            match os.is_mapped(self.mapped) {
                Some(false) => self.asked = end,
                Some(true) => return Err(Error::ForeignBreak),
                None => {}
            }
            in_order();
            let (at, n) = (self.mapped, end - self.mapped);
            let mapped = if closed { os.map_closed(at, n) } else { os.map(at, n) };
            if mapped.is_ok() {
                self.mapped = end;
            }
            in_order();
            self.asked = 0;
            mapped?;
        }
        self.end = end;
        self.growths += 1;
        Ok(())
    }

    /// Repairs what a thread that vanished left half-done: the break has moved
    /// when `bloc` has. What the system had given already stays mapped.
    pub fn recover<O: Os>(&mut self, os: &O) {
        if self.asked > self.mapped && os.is_mapped(self.mapped) == Some(true) {
            self.mapped = self.asked;
        }
        self.asked = 0;
        if self.profile != Profile::WasmGo121 {
            self.bloc_max = self.bloc_max.max(self.bloc);
            self.end = self.bloc_max;
        }
    }

    /// Lowers the break over `n` bytes that end there: what `sysFreeOS` does
    /// with the highest region. The memory stays mapped.
    ///
    /// The caller has cleared them, and `n` is at most what was handed out.
    pub fn lower(&mut self, n: usize) {
        in_order();
        self.bloc -= n;
    }

    /// Go's `physPageSize`: the profile's, or the system's where that is larger.
    #[must_use]
    #[inline]
    pub fn page_size<O: Os>(&self, os: &O) -> usize {
        self.profile.page_size_on(os.page_shift())
    }

    /// Whose `sbrk` this is.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// Address of the segment; 0 before `init_bloc`.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.base
    }

    /// The lowest address that can be handed out: the first `bloc`, or the end
    /// of the first memory where `bloc` does not move.
    #[must_use]
    pub const fn start(&self) -> usize {
        self.start
    }

    /// Go's `bloc`: the runtime's idea of the break. Goes up and down.
    #[must_use]
    pub const fn bloc(&self) -> usize {
        self.bloc
    }

    /// Go's `blocMax`: the system's break. Never goes down.
    #[must_use]
    pub const fn bloc_max(&self) -> usize {
        self.bloc_max
    }

    /// End of the memory that the system has given.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.end
    }

    /// Bytes mapped from the base on.
    #[must_use]
    pub const fn mapped(&self) -> usize {
        self.mapped - self.base
    }

    /// Everything handed out lies below: `bloc`, or the end of the memory where
    /// `bloc` does not move.
    #[must_use]
    pub fn top(&self) -> usize {
        if self.profile == Profile::WasmGo121 { self.end } else { self.bloc }
    }

    /// Most bytes from base to end.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Address behind what is mapped.
    #[must_use]
    pub const fn mapped_end(&self) -> usize {
        self.mapped
    }

    /// How many times the memory grew.
    #[must_use]
    pub const fn growths(&self) -> u64 {
        self.growths
    }
}

/// Go's `memRound` for pages of `page` bytes: up to a multiple of the page.
///
/// # Errors
/// [`Error::Overflow`] when that wraps; Go's would give 0.
fn mem_round(n: usize, page: usize) -> Result<usize, Error> {
    align_up(n, page).ok_or(Error::Overflow)
}
