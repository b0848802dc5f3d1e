//! One input: every call that it spells, in the library and in the model.

use crate::arena::{Arena, BASE, Control};
use crate::input::{FRAGMENTS, Input, Start, Step};
use crate::memory::{Memory, flip};
use crate::model::{Call, Effect, Model};
use gosbrk::error::Error;
use gosbrk::freelist::Fault;
use gosbrk::{Config, Sbrk};
use std::fmt::Write;
use std::ops::Range;
use std::rc::Rc;

/// Bytes of a segment up to which all of them are looked at.
const SMALL: usize = 128 << 10;

/// What one input came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Calls that did something.
    pub done: usize,
    /// Calls that were refused.
    pub refused: usize,
    /// Headers that were found overwritten.
    pub corrupt: usize,
    /// Requests to the system that were refused.
    pub denied: usize,
    /// Most blocks that were on the free list at once.
    pub blocks: usize,
    /// Most pages that were below the break at once.
    pub pages: usize,
}

/// Makes the calls that an input spells.
///
/// # Panics
/// The library does not do what it has to; the message has all calls.
#[must_use]
pub fn run(bytes: &[u8]) -> Report {
    let mut input = Input::new(bytes);
    let Start { config, by_tree, fragmented } = input.start();
    let mut session = Session::new(&config, by_tree);
    if fragmented {
        session.fragment();
    }
    while !input.is_empty() && !session.over {
        let step = input.step(&session.model);
        session.make(step);
    }
    session.end()
}

/// What a call of the library gives: an address and a size, 0 where it gives none.
type Given = Result<(usize, usize), Error>;

/// A bit of a header that is not what the library left there.
struct Flipped {
    block: Range<usize>,
    next: Option<usize>,
    bit: u32,
}

struct Session {
    config: Config,
    control: Rc<Control>,
    layer: Box<Sbrk<Arena>>,
    model: Model,
    memory: Memory,
    flipped: Option<Flipped>,
    /// Whether the heap is poisoned, so that there is nothing left to compare.
    over: bool,
    steps: Vec<Step>,
    report: Report,
}

impl Session {
    fn new(config: &Config, by_tree: bool) -> Self {
        let control = Rc::new(Control::default());
        let mut layer = Box::new(Sbrk::new(Arena::new(control.clone())));
        if by_tree {
            layer.search_by_tree();
        }
        // SAFETY: the arena is this layer's.
        unsafe { layer.init(config) }.expect("a good configuration");
        let mut session = Self {
            config: *config,
            control,
            layer,
            model: Model::new(config),
            memory: Memory::default(),
            flipped: None,
            over: false,
            steps: Vec::new(),
            report: Report::default(),
        };
        session.compare();
        session
    }

    /// Makes free blocks of a page each, with a live page above each.
    fn fragment(&mut self) {
        let (first, page) = (BASE + self.model.bloc, self.model.page);
        for _ in 0..2 * FRAGMENTS {
            self.make(Step::Call(Call::Alloc(page)));
        }
        for i in 0..FRAGMENTS {
            self.make(Step::Call(Call::Free(first + 2 * i * page, page)));
        }
    }

    /// Does what is next.
    fn make(&mut self, step: Step) {
        self.steps.push(step);
        match step {
            Step::Refuse(error) => self.control.refusal.set(Some(error)),
            Step::Flip(block, bit) => self.flip(block, bit),
            Step::Call(call) => self.call(call),
        }
    }

    /// Makes one call and compares.
    fn call(&mut self, call: Call) {
        let predicted = self.model.predict(call);
        let taken_back = match &predicted {
            Ok(Effect::Lower(pages) | Effect::Free(pages)) => pages.clone(),
            _ => 0..0,
        };
        self.memory.open(&self.model, &taken_back);
        self.control.asked.set(false);
        let given = self.perform(call);
        let denied = self.control.refused.take();
        // Whether the system is to be asked for memory, or may be: it has a limit too.
        let asks = match &predicted {
            Ok(effect) => self.grows(effect),
            Err(error) => *error == Error::NoMem,
        };
        let effect = match (&predicted, given) {
            (Ok(effect), Ok(given)) if given == self.answer(call, effect) => effect.clone(),
            (Err(want), Err(got)) if *want == got => Effect::None,
            // The system refused, or a header is not what it was left as.
            (_, Err(got)) if asks && denied == Some(got) => Effect::None,
            (Ok(_) | Err(Error::NoMem | Error::Overflow), Err(Error::Corrupt))
                if self.flipped.is_some() =>
            {
                Effect::None
            }
            _ => self.fail(&format!("the call gave {given:x?} and had to give {predicted:x?}")),
        };
        if !asks && self.control.asked.get() {
            self.fail("the call asked the system for memory");
        }
        if given.is_err() {
            self.memory.close(&self.model, &taken_back);
        }
        self.report.done += usize::from(given.is_ok());
        self.report.refused += usize::from(given.is_err());
        self.report.denied += usize::from(denied.is_some());
        self.model.apply(call, &effect);
        self.unflip(given);
        self.touch(&effect);
        self.compare();
    }

    /// Makes one call in the library.
    #[expect(clippy::multiple_unsafe_ops_per_block, reason = "one call, of many kinds")]
    fn perform(&mut self, call: Call) -> Given {
        let (layer, name) = (&mut self.layer, b"fuzz");
        let nothing = |()| (0, 0);
        let memory = |p| (p, 0);
        // SAFETY: nobody uses the segment but this crate, which writes to what it holds
        // and else to headers only, for the library to see it.
        unsafe {
            match call {
                Call::Alloc(n) => layer.sys_alloc_os(n, name).map(memory),
                Call::Reserve(v, n) => layer.sys_reserve_os(v, n, name).map(memory),
                Call::Aligned(size, align) => {
                    layer.sys_reserve_aligned_sbrk(size, align).map(|r| (r.addr, r.size))
                }
                Call::Free(v, n) => layer.sys_free_os(v, n).map(nothing),
                Call::Map(v, n) => layer.sys_map_os(v, n, name).map(nothing),
                Call::Used(v, n) => layer.sys_used_os(v, n).map(nothing),
                Call::Unused(v, n) => layer.sys_unused_os(v, n).map(nothing),
                Call::HugePage(v, n) => layer.sys_huge_page_os(v, n).map(nothing),
                Call::NoHugePage(v, n) => layer.sys_no_huge_page_os(v, n).map(nothing),
                Call::Collapse(v, n) => layer.sys_huge_page_collapse_os(v, n).map(nothing),
                Call::Fault(v, n) => layer.sys_fault_os(v, n).map(nothing),
            }
        }
    }

    /// What a call that does this gives.
    fn answer(&self, call: Call, effect: &Effect) -> (usize, usize) {
        match (call, effect) {
            (Call::Aligned(..), Effect::Take { region, size, .. }) => {
                (self.model.addr(region.start), *size)
            }
            (_, Effect::Take { region, .. }) => (self.model.addr(region.start), 0),
            _ => (0, 0),
        }
    }

    /// Whether the system has to be asked for memory.
    fn grows(&self, effect: &Effect) -> bool {
        matches!(effect, Effect::Take { top, .. } if top * self.model.page > self.model.end)
    }

    /// Does to the memory what its users do, and what the library did.
    fn touch(&mut self, effect: &Effect) {
        let done = match effect {
            Effect::None => Ok(()),
            Effect::Take { region, .. } => self.memory.give(&self.model, region.clone()),
            Effect::Lower(pages) | Effect::Free(pages) => {
                self.memory.took(pages);
                Ok(())
            }
            Effect::Clear(bytes) => {
                self.memory.cleared(self.model.page, bytes);
                Ok(())
            }
        };
        done.unwrap_or_else(|wrong| self.fail(&wrong));
    }

    /// Flips a bit in the header of a free block, until the next call was made.
    fn flip(&mut self, block: usize, bit: u32) {
        let mut blocks = self.model.blocks.iter().skip(block);
        let Some(block) = blocks.next().filter(|_| self.flipped.is_none()) else { return };
        let next = blocks.next().map(|next| next.start);
        let flipped = Flipped { block: block.clone(), next, bit };
        flipped.flip(&self.model);
        self.flipped = Some(flipped);
        if self.is_small() && self.mem_check().is_ok() {
            self.fail("memCheck sees nothing wrong in a wrong header");
        }
    }

    /// Flips it back. A header that had to be written had to be looked at before.
    fn unflip(&mut self, given: Given) {
        let Some(flipped) = self.flipped.take() else { return };
        flipped.flip(&self.model);
        let Flipped { block, next, .. } = flipped;
        let mut blocks = self.model.blocks.iter().skip_while(|other| other.start < block.start);
        let untouched =
            blocks.next() == Some(&block) && blocks.next().map(|next| next.start) == next;
        if given == Err(Error::Corrupt) {
            self.report.corrupt += 1;
            self.over = true;
            if self.perform(Call::Alloc(1)) != Err(Error::Corrupt) {
                self.fail("memory is given from a heap that was found overwritten");
            }
        } else if !untouched {
            self.fail(&format!(
                "the header at page {:#x} was wrong, and is another now; the call gave {given:x?}",
                block.start
            ));
        }
    }

    /// Compares everything but the bytes that nobody has written to.
    fn compare(&mut self) {
        let (layer, model) = (&self.layer, &self.model);
        let list: Vec<_> = model
            .blocks
            .iter()
            .map(|block| (model.addr(block.start), block.len() * model.page))
            .collect();
        let stats = layer.stats();
        let got = [layer.bloc(), layer.bloc_max(), layer.end(), layer.mem_freelist_head()];
        let head = list.first().map_or(0, |block| block.0);
        let want = [BASE + model.bloc, BASE + model.bloc_max, BASE + model.end, head];
        if got != want {
            self.fail(&format!("bloc, blocMax, end, memFreelist are {got:x?} and not {want:x?}"));
        }
        if !layer.mem_freelist().map(|block| (block.addr, block.size)).eq(list.iter().copied()) {
            self.fail(&format!("the free list is not {list:x?}"));
        }
        let free = list.iter().map(|block| block.1).sum();
        let got = [stats.in_use, stats.free, stats.free_blocks, stats.high_water];
        let want = [model.held * model.page, free, list.len(), model.end];
        if got != want {
            self.fail(&format!("the counters are {got:?} and not {want:?}"));
        }
        self.report.blocks = self.report.blocks.max(list.len());
        self.report.pages = self.report.pages.max(model.tags.len());
        if self.flipped.is_none() {
            self.memory.check(&self.model).unwrap_or_else(|wrong| self.fail(&wrong));
        }
    }

    /// Looks at every byte, and gives the segment back.
    fn end(mut self) -> Report {
        self.unflip(Ok((0, 0)));
        if self.is_small() {
            self.memory.check_every_byte(&self.model).unwrap_or_else(|wrong| self.fail(&wrong));
            self.mem_check().unwrap_or_else(|fault| self.fail(fault.text()));
        }
        self.memory.forget(&self.model);
        // SAFETY: nobody uses it any more.
        unsafe { self.layer.drop_segment() };
        if self.control.mapped.get() != 0 || self.layer.stats().metadata != 0 {
            self.fail("a part of the segment is still there");
        }
        self.report
    }

    fn mem_check(&self) -> Result<(), Fault> {
        // SAFETY: nobody writes to the segment meanwhile.
        unsafe { self.layer.mem_check() }
    }

    fn is_small(&self) -> bool {
        self.model.end <= SMALL
    }

    /// Ends with everything that was done.
    fn fail(&self, wrong: &str) -> ! {
        let mut text = format!("segment at {BASE:#x}: {:x?}\n", self.config);
        for step in &self.steps {
            let _ = writeln!(text, "  {step:x?}");
        }
        panic!("{text}{wrong}");
    }
}

impl Flipped {
    fn flip(&self, model: &Model) {
        flip(model.addr(self.block.start) + self.bit as usize / 64 * 8, self.bit % 64);
    }
}
