//! System calls on arm64, and the registers of one that was trapped.

use std::arch::global_asm;

// The one place from which the filter lets every call through: the handler's.
global_asm!(
    ".global gosbrk_test_syscall",
    "gosbrk_test_syscall:",
    "mov x8, x0",
    "mov x9, x1",
    "ldp x0, x1, [x9]",
    "ldp x2, x3, [x9, #16]",
    "ldp x4, x5, [x9, #32]",
    "svc #0",
    ".global gosbrk_test_syscall_done",
    "gosbrk_test_syscall_done:",
    "ret",
);

/// The number and the arguments of a trapped call.
pub fn trapped(context: &libc::ucontext_t) -> (libc::c_long, [i64; 6]) {
    let registers = &context.uc_mcontext.regs;
    let register = |i: usize| i64::from_ne_bytes(registers[i].to_ne_bytes());
    (register(8), std::array::from_fn(register))
}

/// What a trapped call gives its caller.
pub fn give(context: &mut libc::ucontext_t, result: i64) {
    context.uc_mcontext.regs[0] = u64::from_ne_bytes(result.to_ne_bytes());
}
