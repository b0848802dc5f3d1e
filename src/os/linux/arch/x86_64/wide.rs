//! Clearing with stores of 32 bytes (AVX). In the first-level cache they are twice
//! as fast as the string instruction; from memory they are slower, since they read
//! what they are about to overwrite.
//!
//! Not in the object that goes under the Go runtime, which keeps no state of its
//! own to remember the processor in, and where small ranges are hardly ever freed.

use super::PAGE;
use core::arch::asm;
use core::arch::x86_64::{__cpuid, _xgetbv};
use core::sync::atomic::{AtomicU8, Ordering};

/// What was found when somebody asked: one of the three below.
static FOUND: AtomicU8 = AtomicU8::new(NOT_ASKED);
const NOT_ASKED: u8 = 0;
const NOT_THERE: u8 = 1;
const THERE: u8 = 2;

/// Whether the processor has such stores, and the system keeps their registers.
#[inline]
pub fn is_there() -> bool {
    match FOUND.load(Ordering::Relaxed) {
        NOT_ASKED => ask(),
        found => found == THERE,
    }
}

/// Asks the processor, which takes microseconds in a virtual machine.
#[cold]
fn ask() -> bool {
    /// Bits of `cpuid`: the system has set XCR0; the processor has AVX.
    const WANTED: u32 = 1 << 27 | 1 << 28;
    /// Bits of XCR0: the system keeps the lower and the upper halves.
    const KEPT: u64 = 0b110;
    #[allow(unused_unsafe, reason = "the oldest Rust of Cargo.toml has it as an unsafe function")]
    // SAFETY: every processor of this architecture has the instruction.
    let features = unsafe { __cpuid(1) }.ecx;
    // SAFETY: the first of the bits says that XCR0 can be read.
    let there = features & WANTED == WANTED && unsafe { xcr0() } & KEPT == KEPT;
    FOUND.store(if there { THERE } else { NOT_THERE }, Ordering::Relaxed);
    there
}

/// # Safety
/// The processor can read it, as `cpuid` says.
#[target_feature(enable = "xsave")]
unsafe fn xcr0() -> u64 {
    // SAFETY: the caller's promise.
    unsafe { _xgetbv(0) }
}

/// Clears `[at, at+n)`, whole pages and at least one.
///
/// # Safety
/// [`is_there`], and the range is writable memory that the caller has exclusive use
/// of.
pub unsafe fn clear(at: usize, n: usize) {
    const { assert!(PAGE % 256 == 0) };
    // SAFETY: the range is the caller's, it is a multiple of 256 bytes and aligned
    // to 32, and the instructions are there. All vector registers are given up:
    // vzeroupper clears the upper half of each.
    unsafe {
        asm!(
            "vxorps xmm0, xmm0, xmm0",
            "2:",
            "vmovaps [rdi], ymm0",
            "vmovaps [rdi + 32], ymm0",
            "vmovaps [rdi + 64], ymm0",
            "vmovaps [rdi + 96], ymm0",
            "vmovaps [rdi + 128], ymm0",
            "vmovaps [rdi + 160], ymm0",
            "vmovaps [rdi + 192], ymm0",
            "vmovaps [rdi + 224], ymm0",
            "add rdi, 256",
            "cmp rdi, rsi",
            "jb 2b",
            "vzeroupper",
            inout("rdi") at => _,
            inout("rsi") at + n => _,
            clobber_abi("C"),
            options(nostack),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE, clear, is_there};

    #[test]
    fn it_clears_its_range_and_nothing_else() {
        /// Most pages that are cleared so.
        const MOST: usize = 31;
        if !is_there() {
            println!("skipped: wide stores: this processor has no AVX");
            return;
        }
        let mut room = vec![1_u8; (MOST + 3) * PAGE];
        let at = room.as_mut_ptr().expose_provenance().next_multiple_of(PAGE);
        let first = at - room.as_ptr().addr();
        for pages in 1..=MOST {
            room.fill(1);
            // SAFETY: so many whole pages after the first boundary are the buffer's.
            unsafe { clear(at + PAGE, pages * PAGE) };
            let cleared = first + PAGE..first + PAGE + pages * PAGE;
            for (i, &byte) in room.iter().enumerate() {
                assert_eq!(byte == 0, cleared.contains(&i), "byte {i} of {pages} pages");
            }
        }
    }
}
