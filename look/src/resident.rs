//! How much of the runtime's memory is resident: where it lies is followed from the
//! runtime's own pointers, and the kernel says which of those pages are in memory.

use crate::counters::Place;
use crate::heap;
use crate::process::{Mapping, Pagemap, Process, page};
use crate::trouble::Result;
use std::collections::BTreeMap;

/// The size of one block of `persistentalloc`, and of one of mark bits.
const PERSISTENT: u64 = 256 << 10;
const PERSISTENT_IN_COMPACT: u64 = 64 << 10;
const GC_BITS: u64 = 64 << 10;

/// Most arenas that are followed, as many as the largest heap has that a map is made of: more is
/// taken for damage.
const ARENAS: u64 = 1 << 18;

/// Sets of address ranges, sorted and apart.
#[derive(Clone, Debug, Default)]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// The set of these ranges, in whole pages.
    #[must_use]
    pub fn new(ranges: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let page = page();
        let whole = |(start, end): (u64, u64)| {
            (start / page * page, end.div_ceil(page).saturating_mul(page))
        };
        let mut all: Vec<_> =
            ranges.into_iter().filter(|(start, end)| start < end).map(whole).collect();
        all.sort_unstable();
        let mut apart: Vec<(u64, u64)> = Vec::new();
        for (start, end) in all {
            match apart.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => apart.push((start, end)),
            }
        }
        Self(apart)
    }

    /// The parts of them between two addresses.
    pub fn within(&self, start: u64, end: u64) -> impl Iterator<Item = (u64, u64)> {
        let first = self.0.partition_point(|range| range.1 <= start);
        let rest = self.0[first..].iter().take_while(move |range| range.0 < end);
        rest.map(move |range| (range.0.max(start), range.1.min(end)))
    }

    /// What is not in them between two addresses.
    fn without(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let mut rest = Vec::new();
        let mut from = start;
        for (inside, behind) in self.within(start, end) {
            rest.push((from, inside));
            from = behind;
        }
        rest.push((from, end));
        rest.retain(|(start, end)| start < end);
        rest
    }
}

/// Where a runtime keeps what it counts. Blocks whose pointers only the symbol table
/// tells are left out in a program without one.
///
/// # Errors
/// When the memory cannot be read.
pub fn located(
    process: &Process,
    place: &Place,
    symbols: &BTreeMap<&'static str, u64>,
) -> Result<Vec<(u64, u64)>> {
    let at = &place.offsets;
    let mut found = heap::ranges(process, place)?;
    let slice = |offset: u32| -> Result<(u64, u64)> {
        let words = process.words(place.heap + u64::from(offset), 3)?;
        Ok((words[0], words[0].saturating_add(words[2].saturating_mul(8))))
    };
    for level in 0..at.summary_levels {
        found.push(slice(at.summary + 24 * level)?);
    }
    found.push(slice(at.scavenge_index)?);
    found.push(slice(at.all_spans)?);
    found.push(slice(at.arena_list)?);
    let size = u64::from(at.chunks_inner) * u64::from(at.bitmap_size);
    for table in process.words(place.heap + u64::from(at.chunks), at.chunks_count as usize)? {
        found.push((table, if table == 0 { 0 } else { table.saturating_add(size) }));
    }
    found.extend(arenas(process, place)?);
    let from = |name: &str| symbols.get(name).copied();
    if from("runtime.persistentChunks").is_none() {
        found.extend(spans(process, place)?);
    }
    if let Some(head) = from("runtime.persistentChunks") {
        let size = if at.compact() { PERSISTENT_IN_COMPACT } else { PERSISTENT };
        found.extend(chain(process, head, 0, size));
    }
    if let Some(variable) = from("runtime.gcBitsArenas") {
        // Behind its lock, four lists.
        for list in 1..5 {
            found.extend(chain(process, variable + 8 * list, 8, GC_BITS));
        }
    }
    if let Some(variable) = from("runtime.buckhash") {
        let table = process.word(variable)?;
        let slots = if at.compact() { 16_381 } else { 179_999 };
        found.push((table, if table == 0 { 0 } else { table.saturating_add(slots * 8) }));
    }
    Ok(found)
}

/// The index of the arenas, and the metadata of each.
fn arenas(process: &Process, place: &Place) -> Result<Vec<(u64, u64)>> {
    let at = &place.offsets;
    let tables = process.words(place.heap + u64::from(at.arenas), at.arenas_count as usize)?;
    let list = process.words(place.heap + u64::from(at.arena_list), 2)?;
    let inner = u64::from(at.arenas_inner);
    if list[1] > ARENAS.min(inner * tables.len() as u64) {
        return Ok(Vec::new());
    }
    let there = tables.iter().filter(|table| **table != 0);
    let mut found: Vec<_> = there.map(|table| (*table, table.saturating_add(8 * inner))).collect();
    let numbers = process.bytes(list[0], usize::try_from(list[1] * 8).unwrap_or(0))?;
    for number in numbers.chunks_exact(8).map(|word| crate::process::word_at(word, 0)) {
        let table = usize::try_from(number / inner).ok().and_then(|index| tables.get(index));
        if let Some(table) = table.filter(|table| **table != 0) {
            let arena = process.word(table.saturating_add(8 * (number % inner)))?;
            found.push((
                arena,
                if arena == 0 { 0 } else { arena.saturating_add(u64::from(at.arena_size)) },
            ));
        }
    }
    Ok(found)
}

/// Where the spans are described: the largest part of what is not found without symbols.
fn spans(process: &Process, place: &Place) -> Result<Vec<(u64, u64)>> {
    let slice = process.words(place.heap + u64::from(place.offsets.all_spans), 2)?;
    let count = usize::try_from(slice[1].min(1 << 24)).unwrap_or(0);
    let size = page();
    let mut pages: Vec<u64> =
        process.words(slice[0], count)?.iter().map(|span| span / size).collect();
    pages.sort_unstable();
    pages.dedup();
    Ok(pages.into_iter().map(|page| (page * size, (page + 1) * size)).collect())
}

/// The blocks of a list, each with the address of the next at `next`.
fn chain(process: &Process, head: u64, next: u64, size: u64) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    let mut block = process.word(head).unwrap_or(0);
    while block != 0 && found.len() < 1 << 20 {
        found.push((block, block.saturating_add(size)));
        // A list that changes meanwhile is followed as far as it can be.
        block = process.word(block + next).unwrap_or(0);
    }
    found
}

/// How much of each mapping with something of `ranges` in it is resident there.
///
/// # Errors
/// When the kernel does not tell.
pub fn resident(process: &Process, mappings: &[Mapping], ranges: &Ranges) -> Result<Vec<u64>> {
    let pagemap = process.pagemap()?;
    mappings.iter().map(|mapping| in_mapping(process, &pagemap, mapping, ranges)).collect()
}

fn in_mapping(
    process: &Process,
    pagemap: &Pagemap,
    mapping: &Mapping,
    ranges: &Ranges,
) -> Result<u64> {
    let mut inside = ranges.within(mapping.start, mapping.end).peekable();
    if mapping.rss == 0 || inside.peek().is_none() {
        return Ok(0);
    }
    let count = |ranges: &mut dyn Iterator<Item = (u64, u64)>| -> Result<u64> {
        let mut pages = 0;
        for (start, end) in ranges {
            pages +=
                pagemap.count(start, end).map_err(|error| process.trouble(&error, "pagemap"))?;
        }
        Ok(pages * page())
    };
    let here = count(&mut inside)?;
    let elsewhere = count(&mut ranges.without(mapping.start, mapping.end).into_iter())?;
    // The kernel's page of zeroes is in the page map, and not in what is resident.
    Ok(if elsewhere == 0 { mapping.rss } else { here.min(mapping.rss) })
}

#[cfg(test)]
mod tests;
