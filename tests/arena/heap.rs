//! A layer and its model side by side. What a test does through it is done to
//! both, and compared.

use super::{Memory, Model, Page};
use gosbrk::freelist::{Block, Fault, MemHdr, MemHdrPtr};
use gosbrk::os::Os;
use gosbrk::runtime::Reserved;
use gosbrk::{Advice, Check, Config, Error, Profile, Sbrk};
use std::ops::Range;
use std::ptr::with_exposed_provenance_mut as pointer;

/// What a page of the caller's, below the first that is handed out, is full of.
const CALLERS: u8 = 0xCA;

/// The layer, and what it should be like.
pub struct Heap<O: Os = Memory> {
    pub layer: Sbrk<O>,
    pub model: Model,
    pub config: Config,
    /// What every page is full of that is handed out.
    fill: Vec<u8>,
}

/// How a heap of these tests is set up: a page of the caller's, then so many
/// pages to hand out.
pub fn config(profile: Profile, pages: usize) -> Config {
    let page = profile.page_size();
    Config { profile, start: page, limit: (pages + 1) * page, ..Config::default() }
}

impl Heap<Memory> {
    /// A heap of so many pages at most, which checks as much as is asked for.
    pub fn new(profile: Profile, check: Check, pages: usize) -> Self {
        Self::on(Memory::default(), Config { check, ..config(profile, pages) })
    }

    /// The same, searching free blocks as in a heap that has many.
    pub fn by_tree(profile: Profile, check: Check, pages: usize) -> Self {
        let mut heap = Self::new(profile, check, pages);
        heap.layer.search_by_tree();
        heap
    }
}

impl<O: Os> Heap<O> {
    /// A heap on a system of the test's choice.
    pub fn on(os: O, config: Config) -> Self {
        let page = config.profile.page_size();
        let limit = (config.limit - config.start) / page;
        let model = Model::new(config.profile, 0, limit);
        let mut heap = Self { layer: Sbrk::new(os), model, config, fill: Vec::new() };
        heap.fill = (1..=251).cycle().take(limit).collect();
        heap.reset();
        heap
    }

    /// Starts afresh.
    pub fn reset(&mut self) {
        // SAFETY: a layer of this test's own.
        unsafe { self.layer.init(&self.config) }.unwrap();
        let start = self.layer.base() + self.config.start;
        self.model = Model::new(self.config.profile, start, self.model.limit);
        write(self.layer.base(), self.config.start, CALLERS);
    }

    /// `sysAllocOS`, as it is.
    pub fn alloc(&mut self, n: usize) -> Result<usize, Error> {
        // SAFETY: these tests write to free memory only where that is what they
        // are about.
        unsafe { self.layer.sys_alloc_os(n, b"") }
    }

    /// `sysFreeOS`, as it is.
    pub fn free(&mut self, v: usize, n: usize) -> Result<(), Error> {
        // SAFETY: as above.
        unsafe { self.layer.sys_free_os(v, n) }
    }

    /// `sysReserveOS`, as it is.
    pub fn reserve(&mut self, v: usize, n: usize) -> Result<usize, Error> {
        // SAFETY: as above.
        unsafe { self.layer.sys_reserve_os(v, n, b"") }
    }

    /// `sysReserveAlignedSbrk`, as it is.
    pub fn aligned(&mut self, size: usize, align: usize) -> Result<Reserved, Error> {
        // SAFETY: as above.
        unsafe { self.layer.sys_reserve_aligned_sbrk(size, align) }
    }

    /// `memCheck`.
    pub fn check(&self) -> Result<(), Fault> {
        // SAFETY: as above.
        unsafe { self.layer.mem_check() }
    }

    /// Hands out `n` pages at the break, in layer and model, and fills them.
    pub fn take_at_break(&mut self, n: usize) -> Range<usize> {
        let given = self.model.look_up(n).unwrap();
        let at = self.model.addr(given.pages.start);
        assert_eq!(self.reserve(self.layer.bloc(), n * self.model.page_size()), Ok(at));
        self.model.take(&given);
        self.fill(given.pages.clone());
        given.pages
    }

    /// Frees pages, in layer and model; `whole` unless by a size that is one byte
    /// short of it.
    pub fn give_back(&mut self, range: Range<usize>, whole: bool) {
        let n = range.len() * self.model.page_size() - usize::from(!whole);
        assert_eq!(self.free(self.model.addr(range.start), n), Ok(()));
        self.model.free(range, whole);
    }

    /// Writes to every byte of a region, as its owner does.
    pub fn fill(&self, pages: Range<usize>) {
        for page in pages {
            write(self.model.addr(page), self.model.page_size(), self.fill[page]);
        }
    }

    /// The whole segment.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: mapped up to the end, and nobody writes while this is looked at.
        unsafe {
            std::slice::from_raw_parts(
                pointer(self.layer.base()),
                self.layer.end() - self.layer.base(),
            )
        }
    }

    /// What the segment should be, byte for byte.
    pub fn image(&self) -> Vec<u8> {
        let (model, size) = (&self.model, self.model.page_size());
        let mut image = vec![CALLERS; self.config.start];
        image.resize(self.config.start + model.end * size, 0);
        let bytes =
            |page: usize| self.config.start + page * size..self.config.start + (page + 1) * size;
        for (page, what) in model.pages.iter().enumerate() {
            if *what != Page::Free {
                image[bytes(page)].fill(self.fill[page]);
            }
        }
        for (block, header) in self.headers() {
            let at = block.addr - self.layer.base();
            image[at..at + 8].copy_from_slice(&header.next.addr().to_ne_bytes());
            image[at + 8..at + 16].copy_from_slice(&header.size.to_ne_bytes());
        }
        image
    }

    /// The blocks that there should be, and the header that each should have.
    pub fn headers(&self) -> Vec<(Block, MemHdr)> {
        let block = |run: Range<usize>| Block {
            addr: self.model.addr(run.start),
            size: run.len() * self.model.page_size(),
        };
        let blocks: Vec<_> = self.model.free_runs().map(block).collect();
        let next = blocks.iter().skip(1).map(|next| next.addr).chain([0]);
        let header = |(block, next): (&Block, usize)| {
            (*block, MemHdr { next: MemHdrPtr::at(next), size: block.size })
        };
        blocks.iter().zip(next).map(header).collect()
    }

    /// Fails unless all that can be asked for is as the model has it. The bytes
    /// are not looked at.
    #[track_caller]
    pub fn compare_state(&self, what: impl Fn() -> String) {
        let (layer, model) = (&self.layer, &self.model);
        let moves = model.profile != Profile::WasmGo121;
        let bloc = if moves { model.addr(model.top()) } else { model.start };
        let bloc_max = if moves { model.addr(model.end) } else { model.start };
        let found = (layer.bloc(), layer.bloc_max(), layer.end());
        assert_eq!(found, (bloc, bloc_max, model.addr(model.end)), "{}", what());
        let stats = layer.stats();
        assert_eq!(stats.in_use, model.in_use() * model.page_size(), "{}", what());
        let same = layer.mem_freelist().eq(self.headers().iter().map(|(block, _)| *block));
        let list = || layer.mem_freelist().collect::<Vec<_>>();
        assert!(same, "{}: the list is {:x?}, not {:x?}", what(), list(), self.headers());
        let head = self.headers().first().map_or(0, |(block, _)| block.addr);
        assert_eq!(layer.mem_freelist_head(), head, "{}", what());
    }

    /// Fails unless all of it is as the model has it, byte for byte.
    #[track_caller]
    pub fn compare(&self, what: impl Fn() -> String) {
        self.compare_state(&what);
        same_bytes(self.bytes(), &self.image(), what);
    }
}

impl<O: Os> Drop for Heap<O> {
    fn drop(&mut self) {
        // SAFETY: the test is over.
        unsafe { self.layer.drop_segment() };
    }
}

/// Fails with the place of the first byte that differs.
#[track_caller]
pub fn same_bytes(found: &[u8], want: &[u8], what: impl Fn() -> String) {
    if found != want {
        let at = found.iter().zip(want).position(|(found, want)| found != want);
        let [found, want] =
            [found, want].map(|bytes| at.map_or(bytes.len(), |at| bytes[at].into()));
        panic!("{}: at {at:x?} there is {found:#x}, not {want:#x}", what());
    }
}

/// The same, where hints reach the system.
pub fn with_os_advice(config: Config) -> Config {
    Config { advice: Advice::Os, ..config }
}

/// Fills a range that the test may write to.
pub fn write(at: usize, n: usize, byte: u8) {
    // SAFETY: mapped, and the test's to write to.
    unsafe { pointer::<u8>(at).write_bytes(byte, n) };
}

/// Changes one bit, which nobody may do who does not own it.
pub fn flip(at: usize, bit: usize) {
    let byte = pointer::<u8>(at + bit / 8);
    // SAFETY: mapped; the layer is not running.
    let was = unsafe { byte.read() };
    // SAFETY: as above.
    unsafe { byte.write(was ^ 1 << (bit % 8)) };
}
