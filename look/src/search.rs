//! The runtime's structures by what they contain, in a program without symbols.
//!
//! Two pointers give the first two: the page allocator points to the lock of the heap
//! that it is a part of, and to a field of `memstats`. The third has the sum of what
//! the other two count.

use crate::counters::{self, Place, Reading};
use crate::heap;
use crate::layout::Offsets;
use crate::process::{Process, signed, signed_low, word_at};
use crate::trouble::{Kind, Result, Trouble};
use std::thread::sleep;
use std::time::Duration;

/// Most bytes of variables that are searched, all together.
const MOST: u64 = 1 << 30;

/// Most places that are tried, and most of those that are waited for: in a program that is one.
const PLACES: usize = 1 << 12;
const WAITS: usize = 16;

/// The one place where the structures can be, of those in these ranges.
///
/// # Errors
/// When there is none or more than one, or the memory cannot be read.
pub fn search(process: &Process, ranges: &[(u64, u64)], layouts: &[&Offsets]) -> Result<Place> {
    let mut found = Vec::new();
    let mut blocks = Vec::new();
    let mut left = MOST;
    for &(start, end) in ranges {
        let Some(rest) = end.checked_sub(start).and_then(|size| left.checked_sub(size)) else {
            continue;
        };
        left = rest;
        // The end of a segment may not be mapped; its parts that are can be read.
        let bytes = process.bytes(start, usize::try_from(end - start).unwrap_or(0));
        blocks.push((start, bytes?));
    }
    let (mut tried, mut waits) = (0, 0);
    for offsets in layouts {
        for (heap, stats) in heaps(&blocks, offsets) {
            for (start, bytes) in &blocks {
                for controller in controllers(*start, bytes, offsets) {
                    let place =
                        Place { controller, stats, heap, scavenge: None, offsets: **offsets };
                    tried += 1;
                    if tried > PLACES || waits > WAITS {
                        return Err(many("too many"));
                    }
                    if confirmed(process, &place, &mut waits)? {
                        found.push(place);
                    }
                }
            }
        }
    }
    match found[..] {
        [place] => Ok(place),
        [] => Err(Trouble::new(
            Kind::Unknown,
            "it has no symbols, and nothing in its variables looks like the runtime's counters",
        )
        .hint("it may not have started yet; a build without -ldflags=-s can always be read")),
        _ => Err(many(&found.len().to_string())),
    }
}

fn many(places: &str) -> Trouble {
    let message = format!(
        "it has no symbols, and {places} places in its variables look like the runtime's counters"
    );
    Trouble::new(Kind::Unknown, message).hint("look again, or build it without -ldflags=-s")
}

/// Where `mheap_` can be, with the `memstats` that it points to.
fn heaps(blocks: &[(u64, Vec<u8>)], at: &Offsets) -> Vec<(u64, u64)> {
    let inside = |address: u64| {
        blocks.iter().any(|(start, bytes)| (*start..start + bytes.len() as u64).contains(&address))
    };
    let mut found = Vec::new();
    for (start, bytes) in blocks {
        for offset in (0..bytes.len()).step_by(8) {
            // Most words are no address of this block.
            let lock = word_at(bytes, offset);
            let heap = (start + offset as u64).wrapping_sub(u64::from(at.heap_lock));
            if lock != heap.wrapping_add(u64::from(at.lock)) || !inside(heap) {
                continue;
            }
            let pointer = usize::try_from(heap.wrapping_sub(*start))
                .unwrap_or(0)
                .saturating_add(at.pages_stat as usize);
            let stats = word_at(bytes, pointer).wrapping_sub(u64::from(at.gc_misc_sys));
            if inside(stats) {
                found.push((heap, stats));
            }
        }
    }
    found
}

/// Where `gcController` can be: its first fields are GOGC and GOMEMLIMIT, and it has
/// counts of whole pages.
fn controllers<'a>(start: u64, bytes: &'a [u8], at: &'a Offsets) -> impl Iterator<Item = u64> + 'a {
    let size = at.controller_size as usize;
    (0..bytes.len().saturating_sub(size)).step_by(8).filter_map(move |offset| {
        let word = |field: u32| word_at(bytes, offset + field as usize);
        let percent = word(at.gc_percent);
        let pages = [at.heap_in_use, at.heap_free, at.heap_released];
        let fits = (percent >> 32 == 0)
            && signed_low(percent) >= -1
            && signed(word(at.memory_limit)) > 0
            && word(at.heap_in_use) != 0
            && word(at.mapped_ready) > word(at.heap_in_use)
            && pages.into_iter().all(|field| word(field) % 4096 == 0);
        fits.then_some(start + offset as u64)
    })
}

/// Whether the heap at a place points to itself, and has the size that it has there.
///
/// # Errors
/// When the memory cannot be read.
pub fn fits(process: &Process, place: &Place) -> Result<bool> {
    let at = &place.offsets;
    let word = |offset: u32| process.word(place.heap + u64::from(offset));
    // The last level of the summary has an entry for each bitmap.
    let last = at.summary + 24 * at.summary_levels.saturating_sub(1);
    Ok(word(at.heap_lock)? == place.heap + u64::from(at.lock)
        && word(at.pages_stat)? == place.stats + u64::from(at.gc_misc_sys)
        && word(last + 16)? == at.bitmaps())
}

/// Whether one of two sums matches exactly, at the latest when the program rests for a
/// moment: all that the runtime has, or all of the heap's addresses. Counts those that it waits for.
fn confirmed(process: &Process, place: &Place, waits: &mut usize) -> Result<bool> {
    if !fits(process, place)? {
        return Ok(false);
    }
    for i in 0..300 {
        if i == 100 {
            *waits += 1;
        }
        // A thread of the program may have lost its processor in the middle of a change.
        if i >= 100 {
            sleep(Duration::from_millis(5));
        }
        let Ok(one) = counters::once(process, place) else { break };
        let ranges = heap::ranges(process, place).unwrap_or_default();
        let all: u64 = ranges.iter().map(|(start, end)| end - start).sum();
        let possible = one.plausible(all);
        if possible && (one.exact() || all == whole_heap(&one)) {
            return Ok(true);
        }
        // Most places are nothing like it, and stay so.
        if i == 20 && !possible {
            break;
        }
    }
    if process.runs() { Ok(false) } else { Err(process.gone()) }
}

/// How long the heap's address ranges are by the counters.
fn whole_heap(one: &Reading) -> u64 {
    let of = &one.counters;
    let parts = [of.heap_in_use, of.heap_free, of.heap_released, of.stacks, of.work_buffers];
    parts.into_iter().fold(0, u64::wrapping_add)
}
