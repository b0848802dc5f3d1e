//! The layer under a Go runtime: what the object in a Go root exports.
//!
//! The object must do without relocations, because Go's own linker applies none
//! to it, so it has no data of its own: the state lives in a variable of the
//! runtime and comes in with every call. `tools/flat.sh` links it and sees to
//! that; `go/runtime` holds the callers, which fill in [`Init`] and [`Request`] and
//! move to the system stack before they come here.
//!
//! Out of memory is an answer: the runtime gets nil and dies in its own words.
//! Anything else says that the runtime or this layer is broken: the call is
//! written out in one line, and the runtime throws.

mod room;

use crate::call::{Answer, Call};
use crate::config::{Advice, Config};
use crate::environ::{self, Reader};
use crate::error::Error;
use crate::line::Line;
use crate::os::linux::{FIRST_CHOICE, Linux, say};
use crate::runtime::Sbrk;
use crate::trace::Trace;
use core::ffi::c_int;
use room::Room;

/// The answer to a call that got nothing because the runtime could not address
/// it, which is worth a word of its own.
const AT_CEILING: c_int = -1;

/// In [`Init::hwcap2`]: programs may read the register fs.
const HWCAP2_FSGSBASE: usize = 1 << 1;

/// How often another base is tried when something is mapped at the first.
const BASES: usize = 16;

/// The smallest limit that a program can start with, by the ceiling of its layout: its
/// tables by address, which are the same size in Go 1.24 to 1.27, and its first arena.
const fn least_limit(ceiling: usize) -> usize {
    if ceiling > 1 << 36 { 1216 << 20 } else { 6 << 20 }
}

/// What the runtime's variable holds.
struct State {
    sbrk: Sbrk<Linux>,
    /// Where the memory that the runtime can address ends.
    ceiling: usize,
    trace: Option<Trace>,
}

/// What is there before the first call: a constant, so that it is copied into its
/// place and never lies on the stack.
#[expect(clippy::declare_interior_mutable_const, reason = "it is copied once, into its place")]
const FRESH: Room<State> = Room::new(State { sbrk: Sbrk::new(Linux), ceiling: 0, trace: None });

/// Bytes of the runtime's variable: `gosbrkState` of `go/runtime`.
const STATE_SIZE: usize = 8192;

const _: () = assert!(size_of::<Room<State>>() <= STATE_SIZE);
const _: () = assert!(align_of::<Room<State>>() <= align_of::<u64>());

/// `gosbrkInit` of `go/runtime`: how the layer is set up.
#[repr(C)]
pub struct Init {
    /// The runtime's variable: zeroed, for the layer alone, and there for ever.
    state: *mut Room<State>,
    /// Its bytes.
    state_size: usize,
    /// Where the segment goes.
    base: usize,
    /// Distance to the next place to try when something is mapped there.
    stride: usize,
    /// Where the memory that this runtime can address ends.
    ceiling: usize,
    /// 1: hints reach the kernel; 0: they do nothing. Answer: what the settings
    /// made of it.
    advice: usize,
    /// The value of the variable `GOSBRK`, or nothing.
    settings: *const u8,
    /// Its bytes.
    settings_size: usize,
    /// What the kernel says of the machine under `AT_HWCAP2`.
    hwcap2: usize,
}

/// `gosbrkRequest` of `go/runtime`: one call and room for its answer.
#[repr(C)]
pub struct Request {
    /// The runtime's variable.
    state: *const Room<State>,
    /// Which function.
    function: usize,
    /// The address, where the function takes one.
    v: usize,
    /// The size.
    n: usize,
    /// The alignment, where the function takes one.
    align: usize,
    /// What the memory is for, or nothing.
    name: *const u8,
    /// Its bytes.
    name_size: usize,
    /// Answer: an address, or nil.
    p: usize,
    /// Answer: bytes reserved at `p`.
    size: usize,
}

/// Sets the layer up, before the first call, in a process that has one thread.
/// Gives 0 or an error's code.
///
/// # Safety
/// `init` and what it points to are as described there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_runtime_init(init: &mut Init) -> c_int {
    if init.state_size != STATE_SIZE {
        return Error::Config.code();
    }
    // SAFETY: the text is as long as its size says, by the caller's promise.
    let settings = unsafe { bytes(init.settings, init.settings_size) };
    let advice = if init.advice == 1 { Advice::Os } else { Advice::Go };
    let defaults = Config { advice, ..Config::default() };
    let reader = Reader::Program { least: least_limit(init.ceiling) };
    let settings = environ::parse(reader, defaults, settings).unwrap_or_else(|bad| bad.exit());
    init.advice = settings.config.advice as usize;
    // SAFETY: the room is large enough, aligned, and the layer's alone, by the
    // caller's promise.
    unsafe { init.state.write(FRESH) };
    // SAFETY: written just now, and nobody else knows it yet.
    let room = unsafe { &mut *init.state };
    room.set_up(init.hwcap2 & HWCAP2_FSGSBASE != 0);
    let started = room.with(|state| {
        state.ceiling = init.ceiling;
        if let Some(path) = settings.trace {
            let file = environ::open_trace(path).unwrap_or_else(|bad| bad.exit());
            state.trace = Some(Trace::new(file));
        }
        // SAFETY: there is no segment yet that anybody could use.
        unsafe { state.start(init, &settings.config) }
    });
    started.map_or_else(Error::code, |()| 0)
}

/// Performs one call. Gives 0 or `AT_CEILING`, or the code of what was wrong with
/// it; then standard error has it in words.
///
/// # Safety
/// `gosbrk_runtime_init` gave 0 for the request's state; the request is as
/// described there; and what the function of `Sbrk` asks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gosbrk_runtime(request: &mut Request) -> c_int {
    // SAFETY: set up before, by the caller's promise.
    let room = unsafe { &*request.state };
    // SAFETY: the text is as long as its size says, by the caller's promise.
    let name = unsafe { bytes(request.name, request.name_size) };
    let Some(call) = call(request, name) else { return Error::Config.code() };
    let mut addressable = usize::MAX;
    let outcome = room.with(|state| {
        // SAFETY: the caller's promise.
        let outcome = unsafe { perform(state, request, &call) };
        addressable = state.ceiling.saturating_sub(state.sbrk.bloc());
        outcome
    });
    match outcome {
        Ok(Answer::Nothing) => {}
        Ok(Answer::Address(p)) => request.p = p,
        Ok(Answer::Range(range)) => (request.p, request.size) = (range.addr, range.size),
        Err(error) if error.is_misuse() => return refused(&call, error),
        Err(_) => {
            (request.p, request.size) = (0, 0);
            if request.n > addressable {
                return AT_CEILING;
            }
        }
    }
    0
}

/// Writes out a call that broke a rule.
#[inline(never)] // The line takes much of the stack that a call may take.
fn refused(call: &Call<'_>, error: Error) -> c_int {
    let mut line = Line::new();
    call.misuse(error, &mut line);
    say(line.finish());
    error.code()
}

impl State {
    /// Places the segment at the first of the runtime's bases that is free, else
    /// where programs find it that link the library, and keeps it below what the
    /// runtime can address. The thread sanitizer of C has all of Go's bases.
    ///
    /// # Safety
    /// As [`Sbrk::init`].
    unsafe fn start(&mut self, init: &Init, settings: &Config) -> Result<(), Error> {
        let bases = (init.base..init.ceiling).step_by(init.stride.max(1)).take(BASES);
        let last = (FIRST_CHOICE < init.ceiling).then_some(FIRST_CHOICE);
        let mut outcome = Err(Error::Config);
        for base in bases.chain(last) {
            let room = init.ceiling - base;
            let limit = if settings.limit == 0 { room } else { settings.limit.min(room) };
            let config = Config {
                advice: settings.advice,
                check: settings.check,
                base,
                limit,
                ..Config::default()
            };
            // SAFETY: the caller's promise.
            outcome = unsafe { self.sbrk.init(&config) };
            if outcome != Err(Error::ForeignBreak) {
                self.keep_trace(|trace| trace.init(&config));
                break;
            }
        }
        outcome
    }

    /// Writes to the trace, if there is one, and ends it when that fails.
    fn keep_trace(&mut self, write: impl FnOnce(&Trace) -> bool) {
        if self.trace.as_ref().is_some_and(|trace| !write(trace)) {
            self.trace = None;
        }
    }
}

/// What is called, by the numbers that `go/runtime` uses; `None`: not one of them.
fn call<'a>(request: &Request, name: &'a [u8]) -> Option<Call<'a>> {
    let n = request.n;
    let call = |function, word| Call { function, word, v: None, n, align: None, name };
    let at = |function, word| Call { v: Some(request.v), ..call(function, word) };
    Some(match request.function {
        1 => call("sysAllocOS", "alloc"),
        2 => at("sysFreeOS", "free"),
        3 => at("sysReserveOS", "reserve"),
        4 => {
            Call { align: Some(request.align), ..call("sysReserveAlignedSbrk", "reserve-aligned") }
        }
        5 => at("sysMapOS", "map"),
        6 => at("sysUnusedOS", "unused"),
        7 => at("sysUsedOS", "used"),
        8 => at("sysHugePageOS", "hugepage"),
        9 => at("sysNoHugePageOS", "nohugepage"),
        10 => at("sysHugePageCollapseOS", "collapse"),
        11 => at("sysFaultOS", "fault"),
        _ => return None,
    })
}

/// Performs a call and traces it.
///
/// # Safety
/// What the function of [`Sbrk`] asks.
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "one of them is done, by one promise")]
unsafe fn perform(state: &mut State, request: &Request, call: &Call<'_>) -> Result<Answer, Error> {
    let &Request { v, n, align, .. } = request;
    let sbrk = &mut state.sbrk;
    // SAFETY: the caller's promise.
    let outcome = unsafe {
        match request.function {
            1 => sbrk.sys_alloc_os(n, call.name).map(Answer::from),
            2 => sbrk.sys_free_os(v, n).map(Answer::from),
            3 => sbrk.sys_reserve_os(v, n, call.name).map(Answer::from),
            4 => sbrk.sys_reserve_aligned_sbrk(n, align).map(Answer::from),
            5 => sbrk.sys_map_os(v, n, call.name).map(Answer::from),
            6 => sbrk.sys_unused_os(v, n).map(Answer::from),
            7 => sbrk.sys_used_os(v, n).map(Answer::from),
            8 => sbrk.sys_huge_page_os(v, n).map(Answer::from),
            9 => sbrk.sys_no_huge_page_os(v, n).map(Answer::from),
            10 => sbrk.sys_huge_page_collapse_os(v, n).map(Answer::from),
            _ => sbrk.sys_fault_os(v, n).map(Answer::from),
        }
    };
    if state.trace.is_some() {
        let base = state.sbrk.base();
        state.keep_trace(|trace| trace.call(call, outcome, base));
    }
    outcome
}

/// The bytes at an address, none where it is nil.
///
/// # Safety
/// They are readable, and nobody writes them during the call.
unsafe fn bytes<'a>(at: *const u8, n: usize) -> &'a [u8] {
    if at.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(at, n) }
}
