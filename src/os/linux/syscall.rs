//! System calls, made directly, since the library may stand in a program that has no
//! libc.

use super::arch;

/// One system call; `Err` has the kernel's error number.
///
/// # Safety
/// What the call named by `number` demands of its arguments.
#[expect(clippy::cast_possible_truncation, reason = "an error number is below 4096")]
pub unsafe fn syscall(number: libc::c_long, args: [usize; 6]) -> Result<usize, i32> {
    // SAFETY: the caller's promise.
    let result = unsafe { arch::syscall(number, args) };
    if (-4095..0).contains(&result) { Err(-result as i32) } else { Ok(result as usize) }
}
