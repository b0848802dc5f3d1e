//! Which faults are the end of a stack, and what is said of them.

use super::{
    Around, LAYOUT, LIBC, SETTING, StackFault, ULIMIT, around, main_is_full, thread_is_full,
};
use crate::line_buffer::LineBuffer;

const LOW: usize = 0x7f00_0000_0000;

fn fault(fault: usize, sp: usize) -> StackFault {
    let (low, high, size) = (LOW, LOW + (1 << 20), 1 << 20);
    StackFault { fault, sp, low, high, size, whose: LAYOUT, page: 4096 }
}

#[test]
fn a_stack_ends_where_its_pointer_got_to() {
    // Memory above that is the stack's, a coroutine's right above the fault, and
    // another thread's further up.
    let own = |_: &StackFault| Some(Around { above: LOW + 4096, of_sp: None });
    let near = |f: &StackFault| Some(Around { above: f.fault + 8, of_sp: None });
    let far = |_: &StackFault| Some(Around { above: LOW - 0x10_0000, of_sp: None });
    // The stack pointer in the stack itself still, or in memory that is not the stack's.
    let call = |_: &StackFault| Some(Around { above: LOW, of_sp: Some(LOW) });
    let inside = |_: &StackFault| Some(Around { above: LOW, of_sp: Some(LOW - 0x4000_0000) });
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
        (LOW + 0x4000, LOW + 0x4000, [false; 5]),
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
    assert!(fault(LOW - 8, LOW).is_at_the_end(call));
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
        (SETTING, 8 << 20, None, "8192 KiB, set by GOSBRK=cstack (GOSBRK=cstack=16M raises it)"),
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
    let full = |at, limit| main_is_full(&fault(at, at + 8), stack, limit, &mut LineBuffer::new());
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
    assert!(inside.of_sp.is_some_and(|start| start <= here) && inside.above > here);
    let below = around(&fault(8, 8)).unwrap();
    assert!(below.of_sp.is_none() && below.above <= here && below.above > 8);
}
