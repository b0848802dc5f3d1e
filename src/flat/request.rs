//! What the Go runtime passes in: the structs of `go/runtime`, and the call that one of
//! them stands for.

use super::mutex::Mutex;
use super::state::State;
use crate::call_format::{Call, Function};
use crate::trace::{Runtime, Window};

/// The numbers that `go/runtime` uses for some functions. The hints on huge pages go from
/// `HUGE_PAGE` to `COLLAPSE`.
pub const ALLOC: usize = 1;
pub const RESERVE: usize = 3;
pub const RESERVE_ALIGNED: usize = 4;
pub const MAP: usize = 5;
pub const USED: usize = 7;
pub const HUGE_PAGE: usize = 8;
pub const COLLAPSE: usize = 10;
/// Not a function of the layer: what a program counter, `v`, stands for. `n` is the line,
/// `name` the function.
pub const FUNCTION: usize = 12;
/// A call that the runtime does not need to make, but a recorder wants to see: nothing
/// is done. `align` has the number of the function, which is sysUsedOS or sysFaultOS.
pub const NOTE: usize = 13;
/// Not a function of the layer: the process ends.
pub const END: usize = 14;
/// Not a function of the layer: how many bytes the process has mapped. `n` is the kernel's page,
/// the answer is `size`. Refused: that cannot be read.
pub const SPACE: usize = 15;

/// `gosbrkInit` of `go/runtime`: how the layer is set up.
#[repr(C)]
pub struct Init {
    /// The runtime's variable: zeroed, for the layer alone, and there for ever.
    pub state: *mut Mutex<State>,
    /// Its bytes.
    pub state_size: usize,
    /// Where the segment goes.
    pub base: usize,
    /// Distance to the next place to try when something is mapped there.
    pub stride: usize,
    /// Where the memory that this runtime can address ends.
    pub ceiling: usize,
    /// What to say when the heap has got there: `the heap is at …`.
    pub ceiling_text: *const u8,
    /// Its bytes.
    pub ceiling_text_size: usize,
    /// 1: memory that is only reserved cannot be accessed; 0: it can.
    pub closes: usize,
    /// 1: hints reach the kernel; 0: they do nothing. Answer: what the settings
    /// made of it.
    pub advice: usize,
    /// The layout's C stack of a thread in bytes, 0: the system's. Answer: what the setting
    /// `cstack=` asks for, by [`Asked::code`](crate::environ::Asked).
    pub cstack: usize,
    /// Answer: `arenas=`, likewise.
    pub arenas: usize,
    /// The value of the variable `GOSBRK`, or nothing.
    pub settings: *const u8,
    /// Its bytes.
    pub settings_size: usize,
    /// What names the thread: see [`Request::thread`].
    pub thread: usize,
    /// The smallest limit in bytes that a program of this layout can start with.
    pub least: usize,
    /// 1: without a setting, the memory limit comes from other limits; 0: there is none.
    pub finds_limit: usize,
    /// How many processors the program may use.
    pub processors: usize,
    /// Who else takes address space: 0: nobody; 1: C code in the program; 2: the program
    /// that has loaded this one as a library.
    pub others: usize,
    /// Answer: the runtime's memory limit in bytes, unless `GOMEMLIMIT` is set;
    /// 2^63 - 1: there is none.
    pub memory_limit: usize,
    /// Answer: `RLIMIT_AS` in bytes, if it counts for the memory limit; 0: it does not.
    pub address_space: usize,
    /// What a recorder may read of the runtime, or nothing.
    pub watch: *const Runtime,
    /// Answer: what of the recording is mapped; nothing if the calls are not recorded.
    pub window: *const Window,
    /// Bytes of the kernel's page: the runtime's `physPageSize`.
    pub page: usize,
}

/// `gosbrkRequest` of `go/runtime`: one call and room for its answer.
#[repr(C)]
pub struct Request {
    /// The runtime's variable.
    pub state: *const Mutex<State>,
    /// Which function.
    pub function: usize,
    /// The address, where the function takes one.
    pub v: usize,
    /// The size.
    pub n: usize,
    /// The alignment, where the function takes one.
    pub align: usize,
    /// What the memory is for, or nothing.
    pub name: *const u8,
    /// Its bytes.
    pub name_size: usize,
    /// A number of the calling thread's own, such as the address of its `m`; 0: it has
    /// none, and the kernel is asked.
    pub thread: usize,
    /// Program counters that led to the call, the innermost first, or nothing. Of
    /// [`FUNCTION`]: the name of the file.
    pub more: *const usize,
    /// How many; of [`FUNCTION`] the bytes of the name.
    pub more_size: usize,
    /// Answer: an address, or nil.
    pub p: usize,
    /// Answer: bytes reserved at `p`.
    pub size: usize,
    /// Answer to a call that was refused: the kernel's error number, or 0 when it was
    /// not the kernel.
    pub errno: usize,
}

/// What is called, by the numbers that `go/runtime` uses; `None`: not one of them.
pub fn call<'a>(request: &Request, name: &'a [u8]) -> Option<Call<'a>> {
    let n = request.n;
    let call = |function| Call { function, v: None, n, align: None, name };
    let at = |function| Call { v: Some(request.v), ..call(function) };
    Some(match request.function {
        1 => call(Function::Alloc),
        2 => at(Function::Free),
        3 => at(Function::Reserve),
        4 => Call { align: Some(request.align), ..call(Function::ReserveAligned) },
        5 => at(Function::Map),
        6 => at(Function::Unused),
        7 => at(Function::Used),
        8 => at(Function::HugePage),
        9 => at(Function::NoHugePage),
        10 => at(Function::Collapse),
        11 => at(Function::Fault),
        NOTE if request.align == 7 => at(Function::Used),
        NOTE if request.align == 11 => at(Function::Fault),
        _ => return None,
    })
}

/// The bytes at an address, none where it is nil.
///
/// # Safety
/// They are readable, and nobody writes them during the call.
pub unsafe fn bytes<'a>(at: *const u8, n: usize) -> &'a [u8] {
    if at.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(at, n) }
}

/// Whether the layout is the one with Go's own constants, by its ceiling.
pub const fn has_gos_constants(ceiling: usize) -> bool {
    ceiling > 1 << 36
}
