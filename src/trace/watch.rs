//! What a recorder reads of a Go runtime, by plain loads: its counters, the goroutine of
//! the calling thread, and the bitmaps of its heap pages. All of it moves while it is
//! read; a trace says of each that it is a sample.

use super::arguments::Arguments;
use crate::addr::pointer;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Where the runtime keeps it: `gosbrkWatch` of `go/runtime`. All zero: there is no Go
/// runtime. Addresses, unless said otherwise.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Runtime {
    /// The release, such as `go1.27.3`, and its bytes.
    pub release: usize,
    pub release_size: usize,
    /// Bytes of a page of the heap, and of a chunk of the page allocator.
    pub heap_page: usize,
    pub chunk_bytes: usize,
    /// `gcController.heapLive`, `heapInUse`, `heapFree`, `mappedReady`.
    pub counters: [usize; 4],
    /// `memstats.numgc`, 32 bits.
    pub cycles: usize,
    /// `gcController.gcPercentHeapGoal`.
    pub goal: usize,
    /// `gcController.memoryLimit`.
    pub memory_limit: usize,
    /// Offsets of `procid` and `curg` in an `m`, and of `goid` in a `g`.
    pub procid: usize,
    pub curg: usize,
    pub goid: usize,
    /// `mheap_.pages.chunks`: an array of pointers to arrays of bitmaps; how many pointers,
    /// how many bitmaps each points to, and bytes from one bitmap to the next.
    pub chunks: usize,
    pub outer: usize,
    pub inner: usize,
    pub stride: usize,
    /// `mheap_.pages.start` and `end`: the numbers of the first chunk, and of that behind
    /// the last.
    pub first: usize,
    pub end: usize,
    /// The address of chunk 0.
    pub origin: usize,
    /// The arguments of the program that the runtime is in; none in a library.
    pub arguments: Arguments,
}

/// The counters at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub live: u64,
    pub in_use: u64,
    pub free: u64,
    pub ready: u64,
}

impl Runtime {
    /// Whether there is one.
    pub const fn is_there(&self) -> bool {
        self.counters[0] != 0
    }

    pub fn release(&self) -> &[u8] {
        text(self.release, self.release_size)
    }

    /// The counters as they are now.
    pub fn counters(&self) -> Counters {
        let [live, in_use, free, ready] = self.counters.map(load);
        Counters { live, in_use, free, ready }
    }

    /// The collections so far, and the heap that the next one is to begin at; 0: not known,
    /// because a memory limit may bring it forward.
    pub fn cycles(&self) -> (u64, u64) {
        // SAFETY: a variable of the runtime.
        let cycles = unsafe { AtomicU32::from_ptr(pointer(self.cycles)) }.load(Ordering::Relaxed);
        let goal = load(self.goal);
        let is_known = load(self.memory_limit) == i64::MAX as u64 && goal != u64::MAX;
        (u64::from(cycles), if is_known { goal } else { 0 })
    }

    /// The kernel's number of the thread with this `m`, 0 if it is not known yet, and the
    /// goroutine that it runs, 0: none.
    ///
    /// # Safety
    /// The address is that of an `m`, and its thread stays in this call.
    #[cfg_attr(not(feature = "flat"), expect(dead_code, reason = "whole programs alone have one"))]
    pub unsafe fn caller(&self, m: usize) -> (u32, u64) {
        #[expect(clippy::cast_possible_truncation, reason = "a thread's number is an int")]
        let thread = load(m + self.procid) as u32;
        let goroutine = load(m + self.curg);
        let id = match usize::try_from(goroutine) {
            Ok(g @ 1..) => load(g + self.goid),
            _ => 0,
        };
        (thread, id)
    }

    /// Shows each chunk of the heap: its address and its bitmap.
    pub fn chunks(&self, mut show: impl FnMut(usize, Bitmap)) {
        let words = (self.chunk_bytes / self.heap_page.max(1)).div_ceil(64);
        let inner = self.inner.max(1);
        let [first, end] = [self.first, self.end].map(word);
        for outer in first / inner..end.div_ceil(inner).min(self.outer) {
            let table = word(self.chunks + outer * size_of::<usize>());
            if table == 0 {
                continue;
            }
            let from = outer * inner;
            for chunk in first.max(from)..end.min(from + inner) {
                let at = table + (chunk - from) * self.stride;
                let address = chunk.wrapping_mul(self.chunk_bytes).wrapping_add(self.origin);
                show(address, Bitmap { at, words });
            }
        }
    }
}

/// A bitmap of the runtime's, a bit a page.
#[derive(Clone, Copy, Debug)]
pub struct Bitmap {
    at: usize,
    words: usize,
}

impl Bitmap {
    /// How many words it has.
    pub const fn len(self) -> usize {
        self.words
    }

    /// One of them, 0 behind the last.
    pub fn word(self, i: usize) -> u64 {
        if i < self.words { load(self.at + i * 8) } else { 0 }
    }
}

/// Text of the program's.
fn text<'a>(at: usize, n: usize) -> &'a [u8] {
    if at == 0 {
        return b"";
    }
    // SAFETY: the runtime said that so many bytes are there, and they stay as they are.
    unsafe { core::slice::from_raw_parts(pointer(at), n) }
}

/// A number of the runtime's.
fn load(at: usize) -> u64 {
    // SAFETY: the runtime said that such a number is there, and it stays.
    unsafe { AtomicU64::from_ptr(pointer(at)) }.load(Ordering::Relaxed)
}

#[expect(clippy::cast_possible_truncation, reason = "an address is as wide")]
fn word(at: usize) -> usize {
    load(at) as usize
}
