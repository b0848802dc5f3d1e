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

unsafe extern "C" {
    fn gosbrk_test_syscall(number: libc::c_long, args: *const i64) -> i64;
    fn gosbrk_test_syscall_done();
}

/// Makes a system call.
///
/// # Safety
/// What the call asks of its caller.
pub unsafe fn call(number: libc::c_long, args: &[i64; 6]) -> i64 {
    // SAFETY: the caller's promise; it reads six arguments.
    unsafe { gosbrk_test_syscall(number, args.as_ptr()) }
}

/// The address that the kernel sees calls of [`call`] come from.
pub fn call_done() -> usize {
    (gosbrk_test_syscall_done as *const ()).addr()
}

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
