//! System calls on x86-64, and the registers of one that was trapped.

use libc::{REG_R8, REG_R9, REG_R10, REG_RAX, REG_RDI, REG_RDX, REG_RSI};
use std::arch::global_asm;

// The one place from which the filter lets every call through: the handler's.
global_asm!(
    ".global gosbrk_test_syscall",
    "gosbrk_test_syscall:",
    "mov rax, rdi",
    "mov r11, rsi",
    "mov rdi, [r11]",
    "mov rsi, [r11 + 8]",
    "mov rdx, [r11 + 16]",
    "mov r10, [r11 + 24]",
    "mov r8, [r11 + 32]",
    "mov r9, [r11 + 40]",
    "syscall",
    ".global gosbrk_test_syscall_done",
    "gosbrk_test_syscall_done:",
    "ret",
);

/// The number and the arguments of a trapped call.
pub fn trapped(context: &libc::ucontext_t) -> (libc::c_long, [i64; 6]) {
    let register = |name| context.uc_mcontext.gregs[index(name)];
    let args = [REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9];
    (register(REG_RAX), args.map(register))
}

/// What a trapped call gives its caller.
pub fn give(context: &mut libc::ucontext_t, result: i64) {
    context.uc_mcontext.gregs[index(REG_RAX)] = result;
}

fn index(name: i32) -> usize {
    usize::try_from(name).unwrap_or(0)
}
