//! What stands in the segment's memory. Whoever is given memory writes to it, and to
//! what they still hold nobody else may; what is free is zero but for its headers.
//!
//! A few words of a page stand for all of it after every call, and of a large region a
//! few pages; at the end of a run a small segment is looked at as a whole. Under the
//! fuzzer the address sanitizer also watches over what is held: the library may not even
//! read it.

use crate::arena::BASE;
use crate::model::Model;
use std::collections::BTreeMap;
use std::ops::Range;
use std::ptr::with_exposed_provenance_mut;

/// Words of a page that are looked at: those of a header, one in the body, the last.
const SPOTS: usize = 4;

/// Pages of a region that are written to, at each of its ends: in a small segment, and
/// in one of more pages than [`FEW`].
const MARKS: [usize; 2] = [16, 2];
const FEW: usize = 64;

/// The first bytes of a free block.
const HEADER: usize = 16;

/// The pages that were ever written to, and what their spots are.
#[derive(Default)]
pub struct Memory {
    written: BTreeMap<usize, [u64; SPOTS]>,
    stamps: u64,
}

impl Memory {
    /// Somebody was given these pages: makes sure that they are zero, and writes to them.
    ///
    /// # Errors
    /// What is not zero.
    pub fn give(&mut self, model: &Model, pages: Range<usize>) -> Result<(), String> {
        let marks = MARKS[usize::from(model.tags.len() > FEW)];
        let (first, last) = (pages.start + marks, pages.end.saturating_sub(marks));
        for page in pages.clone().filter(|&page| page < first || page >= last) {
            let at = model.addr(page);
            if let Some(dirty) = dirty_byte(at, model.page) {
                return Err(format!("{:#x} is handed out and not zero", dirty - BASE));
            }
            self.stamps += 1;
            let mut words = [0; SPOTS];
            for (word, offset) in words.iter_mut().zip(spots(model.page, page)) {
                *word = self.stamps.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
                store(at + offset, *word);
            }
            self.written.insert(page, words);
        }
        self.close(model, &pages);
        Ok(())
    }

    /// The library may do with these pages as it likes.
    pub fn open(&self, model: &Model, pages: &Range<usize>) {
        for (&page, _) in self.written.range(pages.clone()) {
            guard::open(model.addr(page), model.page);
        }
    }

    /// The library is not to touch these pages.
    pub fn close(&self, model: &Model, pages: &Range<usize>) {
        for (&page, _) in self.written.range(pages.clone()) {
            guard::close(model.addr(page), model.page);
        }
    }

    /// These pages were taken back, and are to be zero.
    pub fn took(&mut self, pages: &Range<usize>) {
        for (_, words) in self.written.range_mut(pages.clone()) {
            *words = [0; SPOTS];
        }
    }

    /// These bytes, from the base, are to be zero.
    pub fn cleared(&mut self, page_size: usize, bytes: &Range<usize>) {
        let pages = bytes.start / page_size..bytes.end.div_ceil(page_size);
        for (&page, words) in self.written.range_mut(pages) {
            for (word, offset) in words.iter_mut().zip(spots(page_size, page)) {
                if bytes.contains(&(page * page_size + offset)) {
                    *word = 0;
                }
            }
        }
    }

    /// Makes sure that all pages written to, and all headers, are as they should be.
    ///
    /// # Errors
    /// What is not.
    pub fn check(&self, model: &Model) -> Result<(), String> {
        let mut blocks = model.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            let at = model.addr(block.start);
            let next = blocks.peek().map_or(0, |next| model.addr(next.start) as u64);
            let size = (block.len() * model.page) as u64;
            let found = (load(at), load(at + 8));
            if found != (next, size) {
                return Err(format!(
                    "the header at {:#x} is {found:#x?} and not {:#x?}",
                    at - BASE,
                    (next, size)
                ));
            }
        }
        for (&page, words) in &self.written {
            if guard::WATCHES && model.is_held(page) {
                continue;
            }
            let skip = if starts_block(model, page) { HEADER / 8 } else { 0 };
            for (word, offset) in words.iter().zip(spots(model.page, page)).skip(skip) {
                let at = model.addr(page) + offset;
                let found = load(at);
                if found != *word {
                    return Err(format!("{:#x} has {found:#x} and not {word:#x}", at - BASE));
                }
            }
        }
        Ok(())
    }

    /// Makes sure that every byte that nobody holds is zero, but for headers.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check_every_byte(&self, model: &Model) -> Result<(), String> {
        for page in (0..model.end / model.page).filter(|&page| !model.is_held(page)) {
            let skip = if starts_block(model, page) { HEADER } else { 0 };
            if let Some(dirty) = dirty_byte(model.addr(page) + skip, model.page - skip) {
                return Err(format!("{:#x} is free and not zero", dirty - BASE));
            }
        }
        Ok(())
    }

    /// The segment goes: nobody uses anything any more.
    pub fn forget(&mut self, model: &Model) {
        self.open(model, &(0..usize::MAX));
        self.written.clear();
    }
}

/// Flips a bit of the memory at an address, a multiple of 8.
pub fn flip(at: usize, bit: u32) {
    store(at, load(at) ^ 1 << bit);
}

/// The word at an address of the segment.
#[must_use]
pub fn load(at: usize) -> u64 {
    // SAFETY: inside of the segment, and a multiple of 8.
    unsafe { with_exposed_provenance_mut::<u64>(at).read() }
}

fn store(at: usize, word: u64) {
    // SAFETY: as in `load`; what is written to is this crate's to write to.
    unsafe { with_exposed_provenance_mut::<u64>(at).write(word) }
}

/// The offsets of a page's spots.
fn spots(page_size: usize, page: usize) -> [usize; SPOTS] {
    [0, 8, HEADER + (page * 328) % (page_size - 2 * HEADER), page_size - 8]
}

fn starts_block(model: &Model, page: usize) -> bool {
    let free = |page| model.tags.get(page) == Some(&crate::model::Tag::Free);
    free(page) && !page.checked_sub(1).is_some_and(free)
}

/// The first byte that is not zero.
fn dirty_byte(at: usize, n: usize) -> Option<usize> {
    static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
    // SAFETY: inside of the segment, and nobody writes to it meanwhile.
    let bytes = unsafe { std::slice::from_raw_parts(with_exposed_provenance_mut::<u8>(at), n) };
    if bytes == &ZEROS[..n] {
        return None;
    }
    bytes.iter().position(|&byte| byte != 0).map(|i| at + i)
}

/// The address sanitizer's interface, where it is in the program.
#[cfg(fuzzing)]
mod guard {
    use std::ffi::c_void;
    use std::ptr::with_exposed_provenance;

    unsafe extern "C" {
        fn __asan_poison_memory_region(at: *const c_void, n: usize);
        fn __asan_unpoison_memory_region(at: *const c_void, n: usize);
    }

    /// Whether what is held cannot be looked at.
    pub const WATCHES: bool = true;

    pub fn close(at: usize, n: usize) {
        // SAFETY: changes the sanitizer's records only.
        unsafe { __asan_poison_memory_region(with_exposed_provenance(at), n) }
    }

    pub fn open(at: usize, n: usize) {
        // SAFETY: as above.
        unsafe { __asan_unpoison_memory_region(with_exposed_provenance(at), n) }
    }
}

#[cfg(not(fuzzing))]
mod guard {
    pub const WATCHES: bool = false;

    pub fn close(_: usize, _: usize) {}

    pub fn open(_: usize, _: usize) {}
}
