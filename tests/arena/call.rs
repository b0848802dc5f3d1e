//! Proper calls, and what comes of them.

use super::Heap;
use super::model::{Given, Model};
use super::random::Random;
use gosbrk::os::Os;
use gosbrk::{Error, Profile};
use std::ops::Range;

/// A proper call, in pages. Whether there is memory for it is another matter.
#[derive(Clone, Debug)]
pub enum Call {
    Alloc(usize),
    /// A reservation at the break.
    AtBreak(usize),
    /// Size and alignment.
    Aligned(usize, usize),
    /// All or a part of a region; false: by a size that is a byte short.
    Free(Range<usize>, bool),
}

/// What a call does to a heap that nobody has written to.
#[derive(Clone, Debug)]
pub struct Effect {
    /// The pages it hands out, or none.
    pub given: Option<Given>,
    /// First pages of the free runs whose headers it goes by.
    pub headers: Vec<usize>,
}

impl Call {
    /// Every call that a heap can get, with sizes and alignments up to `most`
    /// pages.
    pub fn all(model: &Model, most: usize) -> Vec<Self> {
        let mut calls: Vec<_> = (1..=most).map(Self::Alloc).collect();
        calls.extend((1..=2).map(Self::AtBreak));
        for size in 1..=most {
            let aligns = (0..).map(|shift| 1 << shift).take_while(|&align| align <= most);
            calls.extend(aligns.map(|align| Self::Aligned(size, align)));
        }
        for region in model.regions() {
            for from in region.clone() {
                calls.extend((from + 1..=region.end).map(|to| Self::Free(from..to, true)));
                calls.push(Self::Free(from..region.end, false));
            }
        }
        calls
    }

    /// A call that fits a heap, with sizes up to `most` pages.
    pub fn random(model: &Model, most: usize, random: &mut Random) -> Self {
        match random.below(8) {
            0..=2 => Self::Alloc(1 + random.below(most)),
            3 => Self::AtBreak(1 + random.below(most)),
            4 => Self::Aligned(1 + random.below(most), 1 << random.below(4)),
            _ => {
                let regions: Vec<_> = model.regions().collect();
                if regions.is_empty() {
                    return Self::Alloc(1);
                }
                let region = regions[random.below(regions.len())].clone();
                if random.below(4) > 0 {
                    return Self::Free(region, random.below(8) > 0);
                }
                let from = region.start + random.below(region.len());
                Self::Free(from..from + 1 + random.below(region.end - from), true)
            }
        }
    }

    /// What it does.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn effect(&self, model: &Model) -> Result<Effect, Error> {
        let page = model.page_size();
        let given = match self {
            Self::Alloc(n) => model.look(*n)?,
            Self::AtBreak(n) => model.look_up(*n)?,
            Self::Aligned(size, align) => model.look_aligned(size * page, align * page)?,
            Self::Free(range, whole) => {
                return Ok(Effect { given: None, headers: model.headers_of_free(range, *whole) });
            }
        };
        let mut headers = model.headers_of_take(&given);
        if model.profile == Profile::WasmGo121 && given.grown && matches!(self, Self::Aligned(..)) {
            // Whether anything will be skipped is not asked before it is looked at.
            headers = model.free_runs().last().map(|run| run.start).into_iter().collect();
        }
        Ok(Effect { given: Some(given), headers })
    }

    /// Calls the layer; gives the address it gives, 0 for none.
    ///
    /// # Errors
    /// What the layer gives.
    pub fn make<O: Os>(&self, heap: &mut Heap<O>) -> Result<usize, Error> {
        let page = heap.model.page_size();
        match self {
            Self::Alloc(n) => heap.alloc(n * page),
            Self::AtBreak(n) => heap.reserve(heap.layer.bloc(), n * page),
            Self::Aligned(size, align) => {
                heap.aligned(size * page, align * page).map(|reserved| reserved.addr)
            }
            Self::Free(range, whole) => {
                let n = range.len() * page - usize::from(!whole);
                heap.free(heap.model.addr(range.start), n).map(|()| 0)
            }
        }
    }

    /// What the layer gives for it.
    pub fn answer(&self, model: &Model) -> Result<usize, Error> {
        self.effect(model)
            .map(|effect| effect.given.map_or(0, |given| model.addr(given.pages.start)))
    }

    /// Does it to the model.
    pub fn apply(&self, effect: &Effect, model: &mut Model) {
        match (self, &effect.given) {
            (Self::Free(range, whole), _) => model.free(range.clone(), *whole),
            (_, Some(given)) => model.take(given),
            (_, None) => {}
        }
    }
}
