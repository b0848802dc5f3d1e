//! Statistics.

use crate::names::NameStats;
use crate::process::look;
use crate::runtime::Stats;
use core::ffi::c_char;
use libc::size_t;

/// Rows of gosbrk_stats.by_name.
pub const GOSBRK_NAMES_MAX: usize = 32;
/// Bytes of a name that are kept, including the NUL at its end.
pub const GOSBRK_NAME_SIZE: usize = 40;

/// What was requested under one name since the segment was set up. The counters
/// never go down, because a free does not give a name.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct GosbrkNameStats {
    /// The name, cut to 39 bytes, NUL-terminated. "(unnamed)" for calls without a
    /// name. "(others)" for the names that came when all other rows were in use.
    pub name: [c_char; GOSBRK_NAME_SIZE],
    /// Calls of sysAllocOS, sysReserveOS, sysReserveAlignedSbrk and sysMapOS under
    /// this name. Memory that is reserved under one name and mapped under another
    /// counts under both.
    pub calls: u64,
    /// Bytes that these calls requested.
    pub bytes: u64,
}

/// Counters. All sizes are in bytes.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct GosbrkStats {
    /// Set by the caller: sizeof(gosbrk_stats), or 0, which means the same. Set by
    /// the library: the number of bytes filled in.
    pub size: size_t,
    /// Bytes handed out and not freed. Each request counts rounded up to whole pages.
    pub in_use: usize,
    /// On the free list.
    pub free: usize,
    /// Blocks on the free list.
    pub free_blocks: size_t,
    /// Largest size of the segment so far, counted from base. It never shrinks.
    pub high_water: usize,
    /// In physical memory now. Also 0 if /proc cannot be read.
    pub resident: usize,
    /// Mapped for the library's records, outside of the segment. 0 for small heaps,
    /// then at most 1/6500 of the segment with pages of 4096 bytes.
    pub metadata: usize,
    /// How often the system's break was raised.
    pub growths: u64,
    /// Calls that failed or were refused.
    pub refusals: u64,
    /// Rows of by_name that are in use.
    pub names: size_t,
    /// One row per name, in the order in which the names were first used.
    pub by_name: [GosbrkNameStats; GOSBRK_NAMES_MAX],
}

/// Fills in the first out->size bytes of the counters. If out is NULL, nothing
/// happens. Reads /proc/self/smaps for the resident size, which can take a
/// millisecond. When gosbrk_base returns 0, all counters but size are 0.
///
/// # Safety
/// out points to out->size bytes (0: sizeof(gosbrk_stats)), or is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_get_stats(out: *mut GosbrkStats) {
    if out.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    let fill = |stats, names: &[NameStats]| unsafe { fill(out, &stats, names) };
    if look(|process| fill(process.stats(), process.sbrk.by_name())).is_err() {
        fill(Stats::default(), &[]);
    }
}

/// Writes counters as far as the size that stands in the first field reaches.
///
/// # Safety
/// As [`gosbrk_get_stats`], but not NULL.
unsafe fn fill(out: *mut GosbrkStats, stats: &Stats, names: &[NameStats]) {
    let head = [
        stats.in_use as u64,
        stats.free as u64,
        stats.free_blocks as u64,
        stats.high_water as u64,
        stats.resident as u64,
        stats.metadata as u64,
        stats.growths,
        stats.refusals,
        names.len() as u64,
    ];
    // SAFETY: the first field is the size in every release, by the convention.
    let asked = unsafe { out.cast::<usize>().read() };
    let room = if asked == 0 { size_of::<GosbrkStats>() } else { asked };
    let mut writer =
        StructWriter { to: out.cast(), used: 0, room: room.min(size_of::<GosbrkStats>()) };
    let size = writer.room;
    writer.put(&(size as u64).to_ne_bytes());
    for field in head {
        writer.put(&field.to_ne_bytes());
    }
    for row in names.iter().chain(core::iter::repeat(&NameStats::EMPTY)).take(GOSBRK_NAMES_MAX) {
        writer.put(&row.name());
        writer.put(&row.calls.to_ne_bytes());
        writer.put(&row.bytes.to_ne_bytes());
    }
}

/// Fills a caller's struct from its start, as far as its size reaches.
struct StructWriter {
    to: *mut u8,
    used: usize,
    room: usize,
}

impl StructWriter {
    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.used < self.room {
                // SAFETY: the caller of gosbrk_get_stats has `room` bytes there.
                let to = unsafe { self.to.add(self.used) };
                // SAFETY: as above.
                unsafe { to.write(byte) };
                self.used += 1;
            }
        }
    }
}
