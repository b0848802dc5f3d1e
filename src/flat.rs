//! The layer under a Go runtime: what the object in a Go root exports.
//!
//! The object must do without relocations, because Go's own linker applies none
//! to it, so it has no data of its own: the state lives in a variable of the
//! runtime and comes in with every call. `tools/flat.sh` links it and sees to
//! that; `go/runtime` holds the callers, which fill in [`Init`] and [`Request`] and
//! move to the system stack before they come here.
//!
//! Out of memory is an answer: a line says what is exhausted, and the runtime gets
//! nil and dies in its own words. Anything else says that the runtime or this layer is
//! broken: the call is written out in one line, and the runtime throws.

mod reason;
mod room;

use crate::addr::{align_down, align_up, is_aligned};
use crate::brk::Step;
use crate::call::{Answer, Call};
use crate::config::{Access, Advice, Config};
use crate::environ::{self, Reader};
use crate::error::Error;
use crate::line::Line;
use crate::os::Os;
use crate::os::linux::whole::Whole;
use crate::os::linux::{FIRST_CHOICE, say};
use crate::pagemap::MAX_PAGES;
use crate::runtime::Sbrk;
use crate::trace::Trace;
use core::ffi::c_int;
use core::ptr::null;
use room::Room;

/// The numbers that `go/runtime` uses for some functions: `sysReserveOS`, `sysMapOS`, and
/// the hints on huge pages, of which `sysHugePageCollapseOS` is the last.
const RESERVE: usize = 3;
const MAP: usize = 5;
const HUGE_PAGE: usize = 8;
const COLLAPSE: usize = 10;

/// Go's `physPageSize` on linux/amd64.
const PAGE: usize = 4096;

/// The answer to a call that the kernel or a limit refused.
const REFUSED: c_int = -1;

/// How often another base is tried when something is mapped at the first.
const BASES: usize = 16;

/// Where the segment goes when all of those are taken: where programs have it that link
/// the library, which the thread and memory sanitizers of C leave free; above what the
/// address sanitizer keeps for itself, which is everything from 2 GiB to 16 TiB and 2 GiB;
/// and below that, 3 MiB before a multiple of the compact layout's arenas.
const LAST_BASES: [usize; 3] = [FIRST_CHOICE, 17 << 40, (256 << 20) + (3 << 20)];

/// A multiple of every alignment that a runtime asks for.
const ORIGIN_ALIGN: usize = 64 << 20;

/// Most foreign mappings that one call goes over.
const STEPS: usize = 4096;

/// The smallest limit that a program can start with, by the ceiling of its layout: its
/// tables by address, which are the same size in Go 1.24 to 1.27, and its first arena.
const fn least_limit(ceiling: usize) -> usize {
    if ceiling > 1 << 36 { 1216 << 20 } else { 6 << 20 }
}

/// What the runtime's variable holds.
struct State {
    sbrk: Sbrk<Whole>,
    bounds: Bounds,
    /// Whether a reservation was refused.
    unbacked: bool,
    trace: Option<Trace>,
}

/// What the heap may take at most.
struct Bounds {
    /// `GOSBRK=limit`: bytes from the base; 0: not set.
    limit: usize,
    /// Where the memory that the runtime can address ends.
    ceiling: usize,
    /// What to say of that, in the runtime's constants.
    ceiling_text: *const u8,
    /// Its bytes.
    ceiling_text_size: usize,
}

/// What is there before the first call: a constant, so that it is copied into its
/// place and never lies on the stack.
#[expect(clippy::declare_interior_mutable_const, reason = "it is copied once, into its place")]
const FRESH: Room<State> = Room::new(State {
    sbrk: Sbrk::new(Whole::new()),
    bounds: Bounds { limit: 0, ceiling: 0, ceiling_text: null(), ceiling_text_size: 0 },
    unbacked: false,
    trace: None,
});

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
    /// What to say when the heap has got there: `the heap is at …`.
    ceiling_text: *const u8,
    /// Its bytes.
    ceiling_text_size: usize,
    /// 1: memory that is only reserved cannot be accessed; 0: it can.
    closes: usize,
    /// 1: hints reach the kernel; 0: they do nothing. Answer: what the settings
    /// made of it.
    advice: usize,
    /// The value of the variable `GOSBRK`, or nothing.
    settings: *const u8,
    /// Its bytes.
    settings_size: usize,
    /// What names the thread: see [`Request::thread`].
    thread: usize,
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
    /// A number of the calling thread's own, such as the address of its `m`; 0: it has
    /// none, and the kernel is asked.
    thread: usize,
    /// Answer: an address, or nil.
    p: usize,
    /// Answer: bytes reserved at `p`.
    size: usize,
    /// Answer to a call that was refused: the kernel's error number, or 0 when it was
    /// not the kernel.
    errno: usize,
}

/// Sets the layer up, before the first call, in a process that has one thread.
/// Gives 0 or an error's code; then standard error has the reason.
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
    let room = unsafe { &*init.state };
    let started = room.with(init.thread, |state| {
        state.bounds = Bounds {
            limit: settings.config.limit,
            ceiling: init.ceiling,
            ceiling_text: init.ceiling_text,
            ceiling_text_size: init.ceiling_text_size,
        };
        if let Some(path) = settings.trace {
            let file = environ::open_trace(path).unwrap_or_else(|bad| bad.exit());
            state.trace = Some(Trace::new(file));
        }
        // SAFETY: there is no segment yet that anybody could use.
        unsafe { state.start(init, &settings.config) }.inspect_err(|_| reason::no_place(state))
    });
    started.map_or_else(Error::code, |()| 0)
}

/// Performs one call. Gives 0 or `REFUSED`, or the code of what was wrong with
/// it; but for 0, standard error has it in words.
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
    let mut errno = 0;
    let outcome = room.with(request.thread, |state| {
        // SAFETY: the caller's promise.
        let outcome = unsafe { perform(state, request, &call) };
        if matches!(outcome, Err(Error::NoMem | Error::ForeignBreak)) {
            errno = state.sbrk.os_mut().take_errno();
            if has_another_way(request, name) {
                return outcome;
            }
            reason::out_of_memory(state, request, errno);
        }
        outcome
    });
    match outcome {
        Ok(Answer::Nothing) => {}
        Ok(Answer::Address(p)) => request.p = p,
        Ok(Answer::Range(range)) => (request.p, request.size) = (range.addr, range.size),
        Err(error) if error.is_misuse() => return refused(&call, error),
        Err(_) => {
            (request.p, request.size) = (0, 0);
            request.errno = errno.unsigned_abs() as usize;
            return REFUSED;
        }
    }
    0
}

/// Whether the runtime goes on when this call gives nothing: it first tries to reserve
/// memory where the heap ends, and see [`outside`].
fn has_another_way(request: &Request, name: &[u8]) -> bool {
    request.function == RESERVE && (request.v != 0 || name.iter().eq(b"scavenge index"))
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
    /// Places the segment at the first of the runtime's bases that is free, else at one
    /// of the last, and keeps it below what the runtime can address.
    ///
    /// # Safety
    /// As [`Sbrk::init`].
    unsafe fn start(&mut self, init: &Init, settings: &Config) -> Result<(), Error> {
        let bases = (init.base..init.ceiling).step_by(init.stride.max(1)).take(BASES);
        let last = LAST_BASES.iter().copied().filter(|&base| base < init.ceiling);
        let access = if init.closes == 1 { Access::WhenMapped } else { Access::Always };
        let mut outcome = Err(Error::Config);
        for base in bases.chain(last) {
            let ceiling = init.ceiling.min(base + MAX_PAGES * PAGE);
            self.bounds.ceiling = ceiling;
            let config = Config {
                advice: settings.advice,
                check: settings.check,
                limit: settings.limit,
                access,
                base,
                ceiling,
                ..Config::default()
            };
            // SAFETY: the caller's promise.
            outcome = unsafe { self.sbrk.init(&config) };
            // The kernel may refuse an address that is beyond what this machine has.
            if outcome.is_ok() {
                let start = base - origin(base);
                self.keep_trace(|trace| trace.init(&Config { start, ..config }));
                break;
            }
        }
        outcome
    }

    /// Writes to the trace what a step over a foreign mapping is equal to.
    #[cold]
    fn trace_step(&mut self, step: &Step) {
        let origin = origin(self.sbrk.base());
        let &Step { from, foreign, to } = step;
        let step = |word, n, name| Call { function: "", word, v: Some(from), n, align: None, name };
        // At the break, wherever there is room below it.
        let taken = step("reserve", to - from, b"foreign mapping");
        self.keep_trace(|trace| trace.call(&taken, Ok(Answer::Address(from)), origin));
        if foreign > from {
            let freed = step("free", foreign - from, b"");
            self.keep_trace(|trace| trace.call(&freed, Ok(Answer::Nothing), origin));
        }
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

/// Performs a call and traces it. When mappings of others are in its way, the break
/// goes over them first, and the trace has what that is equal to.
///
/// # Safety
/// What the function of [`Sbrk`] asks.
unsafe fn perform(state: &mut State, request: &Request, call: &Call<'_>) -> Result<Answer, Error> {
    // SAFETY: the caller's promise.
    let mut outcome = unsafe { ask(&mut state.sbrk, request, call) };
    if outcome == Err(Error::Range) && state.unbacked {
        outcome = outside(&mut state.sbrk, request);
    }
    for _ in 0..STEPS {
        if outcome != Err(Error::ForeignBreak) {
            break;
        }
        // SAFETY: as above.
        match unsafe { state.sbrk.step_over() } {
            Ok(step) => {
                if let Some(step) = step {
                    state.trace_step(&step);
                }
                // SAFETY: as above.
                outcome = unsafe { ask(&mut state.sbrk, request, call) };
            }
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    state.unbacked |= request.function == RESERVE && outcome.is_err();
    if state.trace.is_some() {
        let origin = origin(state.sbrk.base());
        state.keep_trace(|trace| trace.call(call, outcome, origin));
    }
    outcome
}

/// What the addresses of a trace are counted from: far enough aligned that every
/// alignment is that of the address itself, so that a replay gives the same ones.
const fn origin(base: usize) -> usize {
    align_down(base, ORIGIN_ALIGN)
}

/// Performs a call on a range outside the segment. After a refused reservation Go's
/// runtime can go on without looking at the answer, and map parts of what it believes to
/// have (the scavenge index of Go 1.24 to 1.27, at nil and an offset). Stock programs
/// get them wherever that is, so they get them here, if nothing else is there.
#[cold]
fn outside(sbrk: &mut Sbrk<Whole>, request: &Request) -> Result<Answer, Error> {
    let whole = align_up(request.n, PAGE).filter(|_| is_aligned(request.v, PAGE));
    match (request.function, whole) {
        (MAP, Some(n)) => sbrk.os_mut().map(request.v, n).map(|()| Answer::Nothing),
        (HUGE_PAGE..=COLLAPSE, _) => Ok(Answer::Nothing),
        _ => Err(Error::Range),
    }
}

/// Performs a call.
///
/// # Safety
/// What the function of [`Sbrk`] asks.
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "one of them is done, by one promise")]
unsafe fn ask(sbrk: &mut Sbrk<Whole>, request: &Request, call: &Call<'_>) -> Result<Answer, Error> {
    let &Request { v, n, align, .. } = request;
    // SAFETY: the caller's promise.
    unsafe {
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
    }
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
