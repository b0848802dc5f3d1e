//! What makes the stand-alone object self-sufficient. `make lib` keeps these
//! names local to it, so that they never meet the program's own.

use crate::os::linux::arch;

/// Never reached: nothing in the library panics, which the tests read off the
/// object's symbols.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    crate::os::linux::abort()
}

/// C's `memset`, which compilers call by name.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, n: usize) -> *mut u8 {
    // C's memset takes an int and writes its lowest byte.
    let [byte, ..] = byte.to_le_bytes();
    // SAFETY: the caller owns the `n` bytes.
    unsafe { arch::fill(to, byte, n) };
    to
}

/// C's `memcpy`.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    // SAFETY: as for memset; the ranges do not overlap, by C's rule.
    unsafe { arch::copy(to, from, n) };
    to
}
