//! arm64 (`aarch64` to Rust). Tested under emulation.

#[cfg(not(feature = "flat"))]
pub mod wide;

use core::arch::asm;

/// The page as a power of two: kernels are built for pages of 4, 16 or 64 KiB.
pub const PAGE_SHIFT: Option<u32> = None;

/// Size of a transparent huge page where pages have 4 KiB. It is a multiple of the page
/// everywhere, so a hint about a range of it is never refused for that.
pub const HUGE_PAGE: usize = 2 << 20;

/// Where the addresses of a program end.
pub const ADDRESS_END: usize = 1 << 48;

/// One system call: what the kernel gives, a negative error number included.
///
/// # Safety
/// What the call named by `number` demands of its arguments.
#[expect(clippy::cast_possible_wrap, reason = "a register carries the bits of either")]
pub unsafe fn syscall(number: libc::c_long, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the kernel changes no register but x0; memory is not declared untouched. What
    // the call does is the caller's promise.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") args[0] as isize => result,
            in("x1") args[1],
            in("x2") args[2],
            in("x3") args[3],
            in("x4") args[4],
            in("x5") args[5],
            options(nostack),
        );
    }
    result
}

/// Whether programs may ask the processor for [`thread_pointer`]: always.
pub fn can_read_thread_pointer(_auxv: impl Fn(u64) -> Option<u64>) -> bool {
    true
}

/// Where the calling thread keeps its thread-local storage, the register `TPIDR_EL0`: no
/// other thread has the same, if it has any. 0: it has none.
///
/// # Safety
/// [`can_read_thread_pointer`].
pub unsafe fn thread_pointer() -> u64 {
    let base;
    // SAFETY: the instruction reads a register that programs may read and write.
    unsafe { asm!("mrs {}, tpidr_el0", out(reg) base, options(nomem, nostack, preserves_flags)) };
    base
}

/// The kernel's name of the clock that counts as [`ticks`] does, and a line feed.
pub const TICKS_SOURCE: &[u8] = b"arch_sys_counter\n";

/// Whether a kernel that knows no `PR_GET_TSC` lets every program read the counter: it
/// came to this processor with Linux 6.12, along with the means to forbid it.
pub const TICKS_ARE_FREE_BY_DEFAULT: bool = true;

/// The counter of the generic timer.
pub fn ticks() -> u64 {
    let ticks;
    // SAFETY: the kernel tells the time by this register, and so lets programs read it.
    unsafe { asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags)) };
    ticks
}

/// What is stored before this, a child of fork sees if it sees anything of what is
/// stored after. The processor makes stores visible in any order unless a barrier keeps
/// them apart; the compiler moves none over the instruction, which may touch all memory.
pub fn store_barrier() {
    // SAFETY: the barrier changes nothing.
    unsafe { asm!("dmb ishst", options(nostack, preserves_flags)) };
}

/// Fills memory with a byte, by stores of 16 bytes as long as there are so many. In
/// assembly: a loop here would be compiled to a call of `memset`, which this is.
///
/// # Safety
/// The caller owns the `n` bytes.
pub unsafe fn fill(to: *mut u8, byte: u8, n: usize) {
    // SAFETY: no store goes beyond the `n` bytes, which are the caller's.
    unsafe {
        asm!(
            "dup v0.16b, {byte:w}",
            "subs {n}, {n}, #64",
            "b.lo 3f",
            "2:",
            "stp q0, q0, [{to}]",
            "stp q0, q0, [{to}, #32]",
            "add {to}, {to}, #64",
            "subs {n}, {n}, #64",
            "b.hs 2b",
            "3:",
            "adds {n}, {n}, #48",
            "b.mi 5f",
            "4:",
            "str q0, [{to}], #16",
            "subs {n}, {n}, #16",
            "b.pl 4b",
            "5:",
            "adds {n}, {n}, #16",
            "b.eq 7f",
            "6:",
            "strb {byte:w}, [{to}], #1",
            "subs {n}, {n}, #1",
            "b.ne 6b",
            "7:",
            byte = in(reg) u32::from(byte),
            to = inout(reg) to => _,
            n = inout(reg) n => _,
            out("v0") _,
            options(nostack),
        );
    }
}

/// Copies memory, in the same way.
///
/// # Safety
/// As [`fill`], and the ranges do not overlap.
#[cfg(feature = "object")]
pub unsafe fn copy(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: as for `fill`; as many bytes are read as are written.
    unsafe {
        asm!(
            "subs {n}, {n}, #16",
            "b.lo 3f",
            "2:",
            "ldr q0, [{from}], #16",
            "str q0, [{to}], #16",
            "subs {n}, {n}, #16",
            "b.hs 2b",
            "3:",
            "adds {n}, {n}, #16",
            "b.eq 5f",
            "4:",
            "ldrb {byte:w}, [{from}], #1",
            "strb {byte:w}, [{to}], #1",
            "subs {n}, {n}, #1",
            "b.ne 4b",
            "5:",
            byte = out(reg) _,
            to = inout(reg) to => _,
            from = inout(reg) from => _,
            n = inout(reg) n => _,
            out("v0") _,
            options(nostack),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{fill, thread_pointer, ticks};

    #[test]
    fn the_counter_counts_and_threads_differ() {
        let before = ticks();
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(ticks() > before);
        // SAFETY: every processor of this kind has it.
        let here = unsafe { thread_pointer() };
        // SAFETY: as above.
        let there = std::thread::spawn(|| unsafe { thread_pointer() }).join().unwrap();
        assert!(here != 0 && there != 0 && here != there);
    }

    #[test]
    fn it_fills_its_range_and_nothing_else() {
        for at in 0..16 {
            for n in 0..200 {
                let mut room = [1_u8; 232];
                // SAFETY: inside the buffer.
                unsafe { fill(room.as_mut_ptr().add(at), 7, n) };
                for (i, &byte) in room.iter().enumerate() {
                    assert_eq!(byte == 7, (at..at + n).contains(&i), "byte {i} of {n} at {at}");
                }
            }
        }
    }
}
