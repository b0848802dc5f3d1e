//! Bytes into calls. Any bytes spell something: most of it makes sense where the segment
//! is, and all operands can be any number of 64 bits.

use crate::arena::{BASE, ROOM};
use crate::model::{Call, Model};
use gosbrk::error::Error;
use gosbrk::{Advice, Check, Config, Profile};

/// What an input wants done next.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A call.
    Call(Call),
    /// The next request for memory is refused, with this.
    Refuse(Error),
    /// A bit of the header of a free block, counted from the lowest, is flipped while
    /// the next call is made.
    Flip(usize, u32),
}

/// Bytes from which on an input may have a large segment, which takes much more time:
/// so most runs of the fuzzer keep to shorter ones (`tools/fuzz.sh`).
const LONG: usize = 256;

/// Free blocks of a fragmented segment: more than the library keeps in a table.
pub const FRAGMENTS: usize = 34;

/// How an input begins.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The segment.
    pub config: Config,
    /// Whether free blocks are searched as if there were many.
    pub by_tree: bool,
    /// Whether there are many, before anything else.
    pub fragmented: bool,
}

/// An input that is taken apart. What is beyond its end is zero.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// The whole input.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether all of it was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A segment: mostly of few pages, so that it is soon full; that of a long input
    /// sometimes of more than two leaves of the library's page map cover.
    pub fn start(&mut self) -> Start {
        let is_long = self.0.len() > LONG;
        let kind = self.byte();
        let profile = match kind % 4 {
            0 | 1 => Profile::Plan9,
            2 => Profile::Wasm,
            _ => Profile::WasmGo121,
        };
        let page = profile.page_size();
        let pages = usize::from(self.byte());
        let fragmented = profile == Profile::Plan9 && kind >> 2 == 1;
        let pages = match (profile, kind >> 2) {
            (Profile::Plan9, 0) if is_long => 2 * 8192 + 32 * pages,
            (Profile::Plan9, _) if fragmented => 4 * FRAGMENTS + pages % 60,
            (Profile::Plan9, _) => 4 + pages % 60,
            _ => 4 + pages % 20,
        };
        let is_large = pages >= 2 * 8192;
        let start = self.word() % (2 * page);
        let extra = usize::from(self.byte());
        let initial = if extra.is_multiple_of(2) { 0 } else { (2 + extra / 2 % pages) * page };
        let flags = self.byte();
        let config = Config {
            profile,
            advice: if flags < 128 { Advice::Go } else { Advice::Os },
            // Reading all of a large segment would be most of the work.
            check: if flags.is_multiple_of(8) && !is_large { Check::Full } else { Check::Fast },
            start,
            initial,
            limit: if flags > 250 && is_long { 0 } else { (pages * page).max(initial).min(ROOM) },
            ..Config::default()
        };
        Start { config, by_tree: flags % 4 == 2, fragmented }
    }

    /// What to do next in a segment.
    pub fn step(&mut self, model: &Model) -> Step {
        let kind = self.byte();
        Step::Call(match kind % 32 {
            0..6 => Call::Alloc(self.size(model)),
            6..8 => Call::Reserve(0, self.size(model)),
            8..10 => Call::Reserve(BASE + model.bloc, self.size(model)),
            10 => Call::Reserve(self.addr(model), self.size(model)),
            11..15 => Call::Aligned(self.size(model), self.align(model)),
            15..20 => self.free_region(model, 0),
            20..24 => {
                let part = self.byte();
                self.free_region(model, part)
            }
            24 | 25 => Call::Free(self.addr(model), self.size(model)),
            26 | 27 => self.hint(model),
            28 => return Step::Refuse(if kind < 128 { Error::NoMem } else { Error::ForeignBreak }),
            29 | 30 => {
                let bit = self.byte();
                return Step::Flip(usize::from(kind >> 5), u32::from(bit) % 128);
            }
            _ => Call::Free(0, self.long()),
        })
    }

    /// A free of a region, by its number, or of a part of it, unless there is none.
    fn free_region(&mut self, model: &Model, part: u8) -> Call {
        let Some(page) = self.held_page(model) else { return Call::Free(0, 1) };
        let region = model.region(page);
        let less = usize::from(part >> 2);
        let (from, to) = match part & 3 {
            _ if part == 0 => (region.start, region.end),
            0 => (region.start, region.end - less % region.len()),
            1 => (region.start + less % region.len(), region.end),
            2 => (page, page + 1),
            _ => (page, region.end + less % 4),
        };
        // One in eight is not whole pages.
        let n = (to - from) * model.page;
        let tail = self.byte();
        let short = if tail < 32 { 1 + usize::from(tail) * 128 % (model.page - 1) } else { 0 };
        Call::Free(model.addr(from), n - short)
    }

    fn hint(&mut self, model: &Model) -> Call {
        let kind = self.byte();
        let (v, n) = match self.held_page(model) {
            Some(page) if kind & 8 == 0 => {
                let region = model.region(page);
                (model.addr(region.start), region.len() * model.page)
            }
            _ => (self.addr(model), self.size(model)),
        };
        match kind % 8 {
            0 => Call::Map(v, n),
            1 => Call::Used(v, n),
            2 | 3 => Call::Unused(v, n),
            4 => Call::HugePage(v, n),
            5 => Call::NoHugePage(v, n),
            6 => Call::Collapse(v, n),
            _ => Call::Fault(v, n),
        }
    }

    /// A few pages, or nearly so, or a part of all there are, or right below a power of
    /// two, or any number at all.
    fn size(&mut self, model: &Model) -> usize {
        let kind = self.byte();
        let few = usize::from(kind >> 4) + 1;
        match kind % 16 {
            0 => self.long(),
            1 => {
                let power = 1_usize.checked_shl(u32::from(self.byte() % 65)).unwrap_or(0);
                power.wrapping_sub(few * model.page)
            }
            2..4 => few * model.page - self.word() % model.page,
            4..7 => self.word() % (model.room() + 2) * model.page,
            _ => few * model.page,
        }
    }

    /// A power of two, or any number at all.
    fn align(&mut self, model: &Model) -> usize {
        match self.byte() {
            n @ 0..64 => 1 << n,
            n @ 64..250 => model.page << (n % 5),
            _ => self.long(),
        }
    }

    /// A page's address, one near it, or any number at all.
    fn addr(&mut self, model: &Model) -> usize {
        let kind = self.byte();
        let page = self.word() % (model.end / model.page + 2);
        match kind % 8 {
            0 => self.long(),
            1 => model.addr(page).wrapping_add(self.word()),
            2 => BASE.wrapping_sub(self.word()),
            3 => BASE + model.bloc,
            _ => model.addr(page),
        }
    }

    /// A page that somebody holds.
    fn held_page(&mut self, model: &Model) -> Option<usize> {
        let from = self.word() % model.tags.len().max(1);
        let mut pages = (from..model.tags.len()).chain(0..from);
        pages.find(|&page| model.is_held(page))
    }

    fn byte(&mut self) -> u8 {
        let [byte] = self.take();
        byte
    }

    fn word(&mut self) -> usize {
        usize::from(u16::from_le_bytes(self.take()))
    }

    fn long(&mut self) -> usize {
        usize::from_le_bytes(self.take())
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        let (now, rest) = self.0.split_at(N.min(self.0.len()));
        taken[..now.len()].copy_from_slice(now);
        self.0 = rest;
        taken
    }
}
