//! That the C stack of a thread is full: one line, before the runtime's own words.
//!
//! The kernel says no more than that an address could not be used. It was the end of a
//! stack if the stack pointer had got there too, and nothing else is mapped in between.

use crate::addr::align_down;
use crate::line_buffer::LineBuffer;
use crate::os::linux::proc::{lines, range, value};
use crate::os::linux::whole::PAGE;
use crate::os::linux::{is_main_thread, say};
use core::ffi::c_int;

/// `gosbrkStackFault` of `go/runtime`: a fault of C code.
#[repr(C)]
pub struct StackFault {
    /// The address that could not be used.
    fault: usize,
    /// The stack pointer.
    sp: usize,
    /// Where the thread's C stack ends, or up to [`SLACK`] lower; 0: that is not known.
    low: usize,
    /// An address near its other end.
    high: usize,
    /// Its size as the thread was started.
    size: usize,
    /// Who decided that: one of the numbers below.
    whose: usize,
}

/// Who decided how large a stack is, by the numbers of `go/runtime`.
const LIBC: usize = 0;
const LAYOUT: usize = 1;
const SETTING: usize = 2;
const ULIMIT: usize = 3;

/// Bytes below the stack pointer that a function may use, and some more.
const RED_ZONE: usize = 256;

/// What the C library and the runtime have at the upper end of a stack, with the guard
/// page: the runtime counts the size from below all that.
const SLACK: usize = 16 << 10;

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
    let limit = stack_limit();
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
    /// Whether C code used the stack where it pointed.
    const fn is_at_the_pointer(&self) -> bool {
        self.fault >= self.sp.saturating_sub(RED_ZONE)
    }

    /// Whether that was beyond the stack's end. `around` is asked when it was not
    /// in the guard page, because the frame is wide, or the stack is another one: a
    /// program may have stacks for coroutines, which have guards too.
    fn is_at_the_end(&self, around: impl FnOnce(&Self) -> Option<Around>) -> bool {
        if self.low == 0 || !self.is_at_the_pointer() || self.fault >= self.low + SLACK {
            return false;
        }
        if self.fault >= self.low {
            return true;
        }
        let Some(Around { above, in_memory }) = around(self) else {
            return self.low - self.fault <= SLACK;
        };
        let ours = above.abs_diff(self.low) <= SLACK;
        self.low - self.fault <= WIDEST
            && !in_memory
            && (ours || above.saturating_sub(self.fault) > GUARD)
    }
}

/// The memory around a fault.
struct Around {
    /// Where memory that can be accessed begins above it.
    above: usize,
    /// Whether the stack pointer is in such memory.
    in_memory: bool,
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
        && end - align_down(fault.fault, PAGE) > limit;
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

/// `ulimit -s` in bytes; `None`: there is none, or it cannot be read.
#[inline(never)]
fn stack_limit() -> Option<usize> {
    let mut limit = None;
    lines(c"/proc/self/limits", |line| {
        limit = value(line, b"Max stack size");
        limit.is_none()
    })?;
    limit
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
    let mut around = Around { above: usize::MAX, in_memory: false };
    lines(c"/proc/self/maps", |line| {
        let Some((start, end)) = range(line) else { return true };
        let closed = line.windows(5).any(|w| matches!(w, b" ---p" | b" ---s"));
        if !closed {
            around.in_memory |= (start..end).contains(&fault.sp);
            if start > fault.fault {
                around.above = around.above.min(start);
            }
        }
        start <= fault.fault.max(fault.sp) || around.above == usize::MAX
    })?;
    Some(around)
}

#[cfg(test)]
mod tests {
    use super::{
        Around, LAYOUT, LIBC, SETTING, SLACK, StackFault, ULIMIT, around, main_is_full,
        thread_is_full,
    };
    use crate::line_buffer::LineBuffer;

    const LOW: usize = 0x7f00_0000_0000;

    fn fault(fault: usize, sp: usize) -> StackFault {
        StackFault { fault, sp, low: LOW, high: LOW + (1 << 20), size: 1 << 20, whose: LAYOUT }
    }

    #[test]
    fn a_stack_ends_where_its_pointer_got_to() {
        // Memory above that is the stack's, a coroutine's right above the fault, and
        // another thread's further up.
        let own = |_: &StackFault| Some(Around { above: LOW + 4096, in_memory: false });
        let near = |f: &StackFault| Some(Around { above: f.fault + 8, in_memory: false });
        let far = |_: &StackFault| Some(Around { above: LOW - 0x10_0000, in_memory: false });
        let inside = |_: &StackFault| Some(Around { above: LOW, in_memory: true });
        for (at, sp, want) in [
            // In the guard page: nothing else is looked at.
            (LOW + 4096, LOW + 4104, [true; 5]),
            // Below it, by a call and by large frames.
            (LOW - 8, LOW, [true, true, false, false, true]),
            (LOW - 0x10_0000, LOW - 0x20_0000, [true, false, false, false, false]),
            (LOW - 0x20_0000, LOW - 0x30_0000, [true, false, true, false, false]),
            (LOW - 0x8000_0000, LOW - 0x8000_0000, [false; 5]),
            // A bad pointer, with the stack nearly full or not.
            (0, LOW + 64, [false; 5]),
            (LOW - 0x1000, LOW + 0x8000, [false; 5]),
            (LOW + SLACK, LOW + SLACK, [false; 5]),
            (LOW + 0x80000, LOW + 0x80000, [false; 5]),
        ] {
            let fault = fault(at, sp);
            let is = [
                fault.is_at_the_end(own),
                fault.is_at_the_end(near),
                fault.is_at_the_end(far),
                fault.is_at_the_end(inside),
                fault.is_at_the_end(|_| None),
            ];
            assert_eq!(is, want, "{at:#x} {sp:#x}");
        }
        assert!(!StackFault { low: 0, ..fault(8, 16) }.is_at_the_end(own));
    }

    fn said(fault: &StackFault, limit: Option<usize>) -> String {
        let mut line = LineBuffer::new();
        thread_is_full(fault, limit, &mut line);
        String::from_utf8(line.finish().to_vec()).unwrap()
    }

    #[test]
    fn the_line_names_the_limit_and_what_raises_it() {
        let begins = "gosbrk: the C stack of this thread is full: ";
        for (whose, size, limit, want) in [
            (
                LAYOUT,
                1 << 20,
                Some(8 << 20),
                "1024 KiB, the default of the layout compact (GOSBRK=cstack=8M raises it)",
            ),
            (
                LAYOUT,
                1 << 20,
                Some(1_500 << 10),
                "1024 KiB, the default of the layout compact (GOSBRK=cstack=1500K raises it)",
            ),
            (LIBC, 2 << 20, None, "2048 KiB, the C library's default (GOSBRK=cstack=8M raises it)"),
            (
                SETTING,
                8 << 20,
                None,
                "8192 KiB, set by GOSBRK=cstack (GOSBRK=cstack=16M raises it)",
            ),
            (
                SETTING,
                8 << 20,
                Some(8 << 20),
                "8192 KiB, set by GOSBRK=cstack (a higher GOSBRK=cstack and ulimit -s raise it)",
            ),
            (
                ULIMIT,
                512 << 10,
                Some(512 << 10),
                "512 KiB, set by ulimit -s (a higher ulimit -s raises it)",
            ),
            (9, 256 << 10, None, "256 KiB, chosen by the C code that started the thread"),
        ] {
            let fault = StackFault { size, whose, ..fault(0, 0) };
            assert_eq!(said(&fault, limit), format!("{begins}{want}\n"));
        }
    }

    #[test]
    fn the_main_thread_has_the_kernels_rule() {
        let stack = Some((LOW + 0x1000, LOW + (8 << 20)));
        let full =
            |at, limit| main_is_full(&fault(at, at + 8), stack, limit, &mut LineBuffer::new());
        assert!(full(LOW - 8, Some(8 << 20)));
        assert!(!full(LOW - 8, Some(9 << 20)), "something else kept it from growing");
        assert!(!full(LOW + 8, Some(8 << 20)), "the kernel would have grown it");
        assert!(!full(LOW + 0x1008, Some(1 << 20)), "it is there");
        assert!(!full(LOW - 8, None));
    }

    #[test]
    fn memory_around_a_fault_is_seen() {
        static STATIC: u8 = 1;
        let here = &raw const STATIC as usize;
        let inside = around(&fault(here, here)).unwrap();
        assert!(inside.in_memory && inside.above > here);
        let below = around(&fault(8, 8)).unwrap();
        assert!(!below.in_memory && below.above <= here && below.above > 8);
    }
}
