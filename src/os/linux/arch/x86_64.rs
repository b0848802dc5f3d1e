//! x86-64.

#[cfg(not(feature = "flat"))]
pub mod wide;

use core::arch::asm;
use core::sync::atomic::{Ordering, compiler_fence};

const PAGE: usize = 4096;

/// The page as a power of two: the same in every kernel.
pub const PAGE_SHIFT: Option<u32> = Some(PAGE.trailing_zeros());

/// Size of a transparent huge page.
pub const HUGE_PAGE: usize = 2 << 20;

/// Where the addresses of a program end.
pub const ADDRESS_END: usize = 1 << 47;

/// One system call: what the kernel gives, a negative error number included.
///
/// # Safety
/// What the call named by `number` demands of its arguments.
#[expect(clippy::cast_possible_truncation, reason = "a register is as wide as a C long")]
pub unsafe fn syscall(number: libc::c_long, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the instruction clobbers rcx and r11 and returns in rax; memory is
    // not declared untouched. What the call does is the caller's promise.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Whether programs may ask the processor for [`thread_pointer`]: since Linux 5.9, on
/// what was made since 2012. `auxv` gives an entry of what the kernel tells every
/// process.
pub fn can_read_thread_pointer(auxv: impl Fn(u64) -> Option<u64>) -> bool {
    const AT_HWCAP2: u64 = 26;
    const FSGSBASE: u64 = 1 << 1;
    auxv(AT_HWCAP2).is_some_and(|bits| bits & FSGSBASE != 0)
}

/// Where the calling thread keeps its thread-local storage, the base of the segment
/// register fs: no other thread has the same, if it has any. 0: it has none.
///
/// # Safety
/// [`can_read_thread_pointer`].
pub unsafe fn thread_pointer() -> u64 {
    let base;
    // SAFETY: the instruction reads a register, and may be used by the caller's
    // promise.
    unsafe { asm!("rdfsbase {}", out(reg) base, options(nomem, nostack, preserves_flags)) };
    base
}

/// The kernel's name of the clock that counts as [`ticks`] does, and a line feed.
pub const TICKS_SOURCE: &[u8] = b"tsc\n";

/// Whether a kernel that knows no `PR_GET_TSC` lets every program read the counter: every
/// kernel knows it here, so whatever else is said comes from a filter.
pub const TICKS_ARE_FREE_BY_DEFAULT: bool = false;

/// The time-stamp counter.
pub fn ticks() -> u64 {
    // SAFETY: every processor of this kind has the instruction; that it is no fault here
    // is for the caller to ask the kernel.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// What is stored before this, a child of fork sees if it sees anything of what is
/// stored after. The processor makes stores visible in their order by itself, so only
/// the compiler has to keep to it.
pub fn store_barrier() {
    compiler_fence(Ordering::SeqCst);
}

/// Fills memory with a byte, by the processor's string instruction: a loop here would be
/// compiled to a call of `memset`, which this is.
///
/// # Safety
/// The caller owns the `n` bytes.
#[cfg(feature = "object")]
pub unsafe fn fill(to: *mut u8, byte: u8, n: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the calling
    // convention.
    unsafe {
        asm!("rep stosb", inout("rcx") n => _, inout("rdi") to => _, in("al") byte,
             options(nostack, preserves_flags));
    }
}

/// Copies memory, in the same way.
///
/// # Safety
/// As [`fill`], and the ranges do not overlap.
#[cfg(feature = "object")]
pub unsafe fn copy(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: as for `fill`.
    unsafe {
        asm!("rep movsb", inout("rcx") n => _, inout("rdi") to => _, inout("rsi") from => _,
             options(nostack, preserves_flags));
    }
}
