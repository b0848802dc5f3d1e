//! That the C stack of a thread is full: one line, before the runtime's own words.
//!
//! The kernel says no more than that an address could not be used. It was the end of a
//! stack if the stack pointer had got there too, and nothing else is mapped in between.

#[cfg(test)]
mod tests;

use crate::addr::align_down;
use crate::line_buffer::LineBuffer;
use crate::os::linux::proc::{figure, lines, range};
use crate::os::linux::{is_main_thread, say};
use core::ffi::c_int;

/// `gosbrkStackFault` of `go/runtime`: a fault of C code.
#[repr(C)]
pub struct StackFault {
    /// The address that could not be used.
    fault: usize,
    /// The stack pointer.
    sp: usize,
    /// Where the thread's C stack ends, or up to [`StackFault::slack`] lower; 0: that is not
    /// known.
    low: usize,
    /// An address near its other end.
    high: usize,
    /// Its size as the thread was started.
    size: usize,
    /// Who decided that: one of the numbers below.
    whose: usize,
    /// Bytes of the kernel's page.
    page: usize,
}

/// Who decided how large a stack is, by the numbers of `go/runtime`.
const LIBC: usize = 0;
const LAYOUT: usize = 1;
const SETTING: usize = 2;
const ULIMIT: usize = 3;

/// Bytes below the stack pointer that a function may use, and some more.
const RED_ZONE: usize = 256;

/// What the C library and the runtime have at the upper end of a stack: the runtime counts
/// the size from below that, and from below the guard page.
const SLACK: usize = 12 << 10;

/// The largest frame of a function that is thought of: it can be far below the stack.
const WIDEST: usize = 256 << 20;

/// Guards of other stacks are at most this wide.
const GUARD: usize = 64 << 10;

/// What the line suggests at least.
const SUGGESTED: usize = 8 << 20;

/// Writes the line, if this fault is the end of a stack, and gives 1; else 0. It takes no lock, and less than
/// 1 KiB of the stack for signals that it is called on.
#[cold]
#[unsafe(no_mangle)]
pub extern "C" fn gosbrk_runtime_stack_full(fault: &StackFault) -> c_int {
    let mut line = LineBuffer::new();
    // Bytes; `None`: there is none, or it cannot be read.
    let limit = figure(c"/proc/self/limits", b"Max stack size");
    let full = if is_main_thread() {
        let stack = mapping_of(fault.high);
        main_is_full(fault, stack, limit, &mut line)
    } else {
        fault.is_at_the_end(around) && {
            thread_is_full(fault, limit, &mut line);
            true
        }
    };
    if full {
        say(line.finish());
    }
    c_int::from(full)
}

impl StackFault {
    /// How much lower than `low` the stack may end.
    const fn slack(&self) -> usize {
        SLACK + self.page
    }

    /// Whether C code used the stack where it pointed.
    const fn is_at_the_pointer(&self) -> bool {
        self.fault >= self.sp.saturating_sub(RED_ZONE)
    }

    /// Whether that was beyond the stack's end. `around` is asked when it was not
    /// in the guard page, because the frame is wide, or the stack is another one: a
    /// program may have stacks for coroutines, which have guards too.
    fn is_at_the_end(&self, around: impl FnOnce(&Self) -> Option<Around>) -> bool {
        if self.low == 0 || !self.is_at_the_pointer() || self.fault >= self.low + self.slack() {
            return false;
        }
        if self.fault >= self.low {
            return true;
        }
        let Some(Around { above, of_sp }) = around(self) else {
            return self.low - self.fault <= self.slack();
        };
        let is_ours = |start: usize| start.abs_diff(self.low) <= self.slack();
        self.low - self.fault <= WIDEST
            && of_sp.is_none_or(is_ours)
            && (is_ours(above) || above.saturating_sub(self.fault) > GUARD)
    }
}

/// The memory around a fault.
struct Around {
    /// Where memory that can be accessed begins above it.
    above: usize,
    /// Where that begins which the stack pointer is in; `None`: it is in none.
    of_sp: Option<usize>,
}

/// Writes why the stack of the main thread has not grown, if its limit is the reason:
/// the kernel grows it by the page, up to `ulimit -s`.
fn main_is_full(
    fault: &StackFault,
    stack: Option<(usize, usize)>,
    limit: Option<usize>,
    line: &mut LineBuffer,
) -> bool {
    let (Some((start, end)), Some(limit)) = (stack, limit) else { return false };
    let full = fault.is_at_the_pointer()
        && fault.fault < start
        && end - align_down(fault.fault, fault.page) > limit;
    if full {
        line.text(b"gosbrk: the C stack of the main thread is full: ").decimal(limit >> 10);
        line.text(b" KiB, set by ulimit -s (a higher ulimit -s raises it)");
    }
    full
}

/// Writes whose limit the stack of another thread has come to, and what raises it.
fn thread_is_full(fault: &StackFault, limit: Option<usize>, line: &mut LineBuffer) {
    let size = fault.size;
    line.text(b"gosbrk: the C stack of this thread is full: ").decimal(size >> 10);
    line.text(match fault.whose {
        LIBC => b" KiB, the C library's default (",
        LAYOUT => b" KiB, the default of the layout compact (",
        SETTING => b" KiB, set by GOSBRK=cstack (",
        ULIMIT => b" KiB, set by ulimit -s (a higher ulimit -s raises it)",
        _ => b" KiB, chosen by the C code that started the thread",
    });
    if !matches!(fault.whose, LIBC | LAYOUT | SETTING) {
        return;
    }
    let limit = limit.unwrap_or(usize::MAX);
    if limit <= size {
        line.text(b"a higher GOSBRK=cstack and ulimit -s raise it)");
        return;
    }
    let kib = SUGGESTED.max(2 * size).min(limit) >> 10;
    line.text(b"GOSBRK=cstack=");
    if kib % 1024 == 0 {
        line.decimal(kib >> 10).text(b"M raises it)");
    } else {
        line.decimal(kib).text(b"K raises it)");
    }
}

/// The mapping that an address is in.
#[inline(never)]
fn mapping_of(address: usize) -> Option<(usize, usize)> {
    let mut found = None;
    lines(c"/proc/self/maps", |line| {
        found = range(line).filter(|&(start, end)| (start..end).contains(&address));
        found.is_none()
    })?;
    found
}

/// What memory there is around a fault; `None`: that cannot be read.
#[inline(never)]
fn around(fault: &StackFault) -> Option<Around> {
    let mut around = Around { above: usize::MAX, of_sp: None };
    lines(c"/proc/self/maps", |line| {
        let Some((start, end)) = range(line) else { return true };
        let closed = line.windows(5).any(|w| matches!(w, b" ---p" | b" ---s"));
        if !closed {
            if (start..end).contains(&fault.sp) {
                around.of_sp = Some(start);
            }
            if start > fault.fault {
                around.above = around.above.min(start);
            }
        }
        start <= fault.fault.max(fault.sp) || around.above == usize::MAX
    })?;
    Some(around)
}
