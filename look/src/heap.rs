//! The state of each heap page, from the runtime's own bitmaps.

use crate::counters::Place;
use crate::process::{Process, word_at};
use crate::trouble::{Kind, Result, Trouble};

/// A page of the Go heap.
pub const HEAP_PAGE: u64 = 8192;

/// Most addresses that a map is made of: more is taken for damage.
const MOST: u64 = 1 << 44;

/// What a page of the heap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In a span in use, a stack or a buffer.
    Used,
    /// In none, and not given back.
    Kept,
    /// Given back to the kernel, or not used yet.
    Released,
}

/// The heap's address ranges and their pages.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The first address and the pages from there on, by address.
    pub ranges: Vec<(u64, Vec<State>)>,
}

/// The heap's address ranges.
///
/// # Errors
/// When the memory cannot be read or has none.
pub fn ranges(process: &Process, place: &Place) -> Result<Vec<(u64, u64)>> {
    let slice = process.words(place.heap + u64::from(place.offsets.in_use_ranges), 2)?;
    let count = usize::try_from(slice[1]).ok().filter(|count| *count <= 1 << 16);
    let words = process.words(slice[0], 2 * count.ok_or_else(odd)?)?;
    let ranges: Vec<(u64, u64)> = words.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let chunk = u64::from(place.offsets.bitmap_pages()) * HEAP_PAGE;
    let aligned = |(start, end): &(u64, u64)| start < end && (start | end) % chunk == 0;
    let total: u64 =
        ranges.iter().map(|(start, end)| end.wrapping_sub(*start)).fold(0, u64::saturating_add);
    let sorted = ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0);
    if ranges.iter().all(aligned) && sorted && total <= MOST { Ok(ranges) } else { Err(odd()) }
}

/// The state of each page.
///
/// # Errors
/// When the memory cannot be read, or the heap changes under it.
pub fn map(process: &Process, place: &Place) -> Result<Map> {
    let at = &place.offsets;
    let ranges = ranges(process, place)?;
    let Some(&(lowest, _)) = ranges.first() else { return Ok(Map::default()) };
    let first = process.word(place.heap + u64::from(at.chunks_start))?;
    let tables = process.words(place.heap + u64::from(at.chunks), at.chunks_count as usize)?;
    let pages = at.bitmap_pages();
    let chunk = u64::from(pages) * HEAP_PAGE;
    let mut map = Map::default();
    for (start, end) in ranges {
        let mut states = Vec::new();
        let mut number = first.saturating_add((start - lowest) / chunk);
        let last = number.saturating_add((end - start) / chunk);
        while number < last {
            let inner = u64::from(at.chunks_inner);
            let table = usize::try_from(number / inner).ok().and_then(|index| tables.get(index));
            let table = *table.filter(|table| **table != 0).ok_or_else(odd)?;
            // As many as lie in one table, and not too many at a time.
            let count = (last - number).min(inner - number % inner).min(1 << 12);
            let size = u64::from(at.bitmap_size);
            let bytes = process
                .bytes(table + number % inner * size, usize::try_from(count * size).unwrap_or(0))?;
            for bitmap in bytes.chunks_exact(at.bitmap_size as usize) {
                let pages = 0..pages as usize;
                states.extend(pages.map(|page| state(bitmap, at.bitmap, at.scavenged, page)));
            }
            number += count;
        }
        map.ranges.push((start, states));
    }
    Ok(map)
}

fn state(bitmap: &[u8], used: u32, scavenged: u32, page: usize) -> State {
    let bit = |field: u32| word_at(bitmap, field as usize + page / 64 * 8) >> (page % 64) & 1 == 1;
    match (bit(used), bit(scavenged)) {
        // Both: what Go 1.26 leaves free for good in front of a heap with a random base.
        (_, true) => State::Released,
        (true, false) => State::Used,
        (false, false) => State::Kept,
    }
}

impl Map {
    /// How many bytes are in this state.
    #[must_use]
    pub fn total(&self, state: State) -> u64 {
        let pages = self.ranges.iter().flat_map(|(_, pages)| pages);
        pages.filter(|page| **page == state).count() as u64 * HEAP_PAGE
    }

    /// At most about this many characters: bytes per character, and a line for each
    /// range that does not follow the one before.
    #[must_use]
    pub fn draw(&self, cells: usize) -> (u64, Vec<(u64, String)>) {
        let pages: usize = self.ranges.iter().map(|(_, pages)| pages.len()).sum();
        let each = pages.div_ceil(cells.max(1)).next_power_of_two().max(1);
        let line =
            |(start, pages): &(u64, Vec<State>)| (*start, pages.chunks(each).map(cell).collect());
        (each as u64 * HEAP_PAGE, self.ranges.iter().map(line).collect())
    }
}

/// One character for some pages: what most of them are, but objects among free pages show.
fn cell(pages: &[State]) -> char {
    let count = |state| pages.iter().filter(|page| **page == state).count();
    let (used, kept) = (count(State::Used), count(State::Kept));
    match () {
        () if used * 2 >= pages.len() => '#',
        () if used > 0 => '+',
        () if kept * 2 >= pages.len() || kept > count(State::Released) => 'o',
        () => '.',
    }
}

fn odd() -> Trouble {
    Trouble::new(
        Kind::Unknown,
        "the heap's page map changed while it was read, or is not what it is taken for",
    )
}

#[cfg(test)]
mod tests;
