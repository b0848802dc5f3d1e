//! The header of a trace.

use super::output::HEADER;
use super::place::{MAGIC, PROCESS, WALL};
use super::program::Program;
use super::slot::Hash;
use super::watch::Runtime;
use crate::config::{Access, Advice, Check, Config, Misuse, Profile};
use crate::os::linux::{parent_id, process_id};

/// How the segment was set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The layout's number in the format.
    pub layout: u8,
    /// The set-up as it was asked for.
    pub config: Config,
    /// The kernel's page as a power of two.
    pub page_shift: u32,
    /// Where the segment begins.
    pub base: usize,
    /// What addresses in text are counted from.
    pub origin: usize,
    /// `start` in bytes from there.
    pub start: usize,
}

impl Setup {
    /// None yet.
    pub const NONE: Self = Self {
        layout: 0,
        config: Config {
            profile: Profile::Plan9,
            advice: Advice::Go,
            misuse: Misuse::Abort,
            check: Check::Fast,
            access: Access::Always,
            base: 0,
            start: 0,
            initial: 0,
            limit: 0,
            ceiling: 0,
        },
        page_shift: 12,
        base: 0,
        origin: 0,
        start: 0,
    };
}

/// The clocks when the trace began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Began {
    pub wall: u64,
    pub nanoseconds: u64,
    pub ticks: u64,
    pub seed: u64,
}

/// Ticks are those of the processor.
pub const BY_PROCESSOR: u32 = 1;
/// Nothing is mapped.
pub const PIECEWISE: u32 = 2;
/// The runtime's counters are recorded.
pub const COUNTERS: u32 = 4;
/// The process is a child of fork.
pub const FORKED: u32 = 8;

const COMMAND: usize = 512;
const COMMAND_MOST: usize = HEADER - 8 - COMMAND;

/// Writes the header.
///
/// # Safety
/// `to` is the beginning of 4096 bytes of zeros, aligned to 8, that nobody else uses.
pub unsafe fn write(
    to: *mut u8,
    setup: &Setup,
    runtime: &Runtime,
    program: Program,
    began: &Began,
    flags: u32,
    scratch: &mut [u8],
) {
    // SAFETY: the caller's promise.
    let header = unsafe { core::slice::from_raw_parts_mut(to, HEADER) };
    let Setup { config, .. } = setup;
    text(header, 0, MAGIC);
    number(header, 8, 2, 1);
    number(header, 12, 4, HEADER as u64);
    number(header, 16, 4, super::slot::SIZE as u64);
    number(header, 20, 4, u64::from(flags));
    number(header, 24, 1, u64::from(setup.layout));
    number(header, 25, 1, config.profile as u64);
    number(header, 26, 1, u64::from(config.advice == Advice::Os));
    number(header, 28, 4, config.profile.page_size_on(setup.page_shift) as u64);
    number(header, PROCESS, 8, process_id() as u64);
    number(header, 40, 8, parent_id() as u64);
    number(header, WALL, 8, began.wall);
    number(header, 56, 8, began.nanoseconds);
    number(header, 64, 8, began.ticks);
    number(header, 80, 8, setup.base as u64);
    number(header, 88, 8, setup.origin as u64);
    number(header, 96, 8, setup.start as u64);
    number(header, 104, 8, config.initial as u64);
    number(header, 112, 8, config.limit as u64);
    number(header, 120, 8, config.ceiling as u64);
    number(header, 128, 8, began.seed);
    text(header, 136, runtime.release().get(..31).unwrap_or(runtime.release()));
    program.build_id(runtime.is_there(), header.get_mut(168..264).unwrap_or_default());
    number(header, 264, 4, runtime.heap_page as u64);
    number(header, 268, 4, runtime.chunk_bytes as u64);
    number(header, 272, 8, program.bias as u64);
    let place = header.get_mut(COMMAND..COMMAND + COMMAND_MOST).unwrap_or_default();
    let all = runtime.arguments.command(place, scratch);
    number(header, 504, 4, all.min(COMMAND_MOST) as u64);
    number(header, 508, 4, all as u64);
    let hash = Hash::of(0, header.get(..HEADER - 8).unwrap_or_default());
    number(header, HEADER - 8, 8, hash);
}

fn number(header: &mut [u8], at: usize, n: usize, value: u64) {
    for (place, byte) in header.iter_mut().skip(at).take(n).zip(value.to_le_bytes()) {
        *place = byte;
    }
}

fn text(header: &mut [u8], at: usize, text: &[u8]) {
    for (place, &byte) in header.iter_mut().skip(at).zip(text) {
        *place = byte;
    }
}
