//! The kernel's page: what it maps, protects and gives back in.
//!
//! A constant where every kernel has the same; else the kernel is asked once. The object
//! under a Go runtime, which keeps no state of its own, is told by the runtime instead.

pub use super::arch::LEAST_PAGE as LEAST;
use super::arch::PAGE_SHIFT;
use super::memory::{map_anywhere, munmap};
use super::process::auxv;
use core::sync::atomic::{AtomicU32, Ordering};

/// Bytes of the largest page that a kernel has: a multiple of every other one.
pub const MOST: usize = match PAGE_SHIFT {
    Some(shift) => 1 << shift,
    None => 64 << 10,
};

/// Bytes of a page as a power of two.
#[inline]
#[must_use]
pub fn shift() -> u32 {
    match PAGE_SHIFT {
        Some(shift) => shift,
        None => asked(),
    }
}

/// A size as a power of two, if it can be that of a page.
#[must_use]
pub const fn shift_of(bytes: usize) -> Option<u32> {
    if bytes.is_power_of_two() && LEAST <= bytes && bytes <= MOST {
        Some(bytes.trailing_zeros())
    } else {
        None
    }
}

/// What the kernel said when it was asked; 0: it was not.
fn asked() -> u32 {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    match ASKED.load(Ordering::Relaxed) {
        0 => {
            let found = ask().unwrap_or(MOST.trailing_zeros());
            // Whatever is said first stays.
            ASKED
                .compare_exchange(0, found, Ordering::Relaxed, Ordering::Relaxed)
                .map_or_else(|first| first, |_| found)
        }
        shift => shift,
    }
}

/// Asks the kernel.
#[cold]
fn ask() -> Option<u32> {
    const AT_PAGESZ: u64 = 6;
    let told = auxv(AT_PAGESZ).and_then(|bytes| shift_of(usize::try_from(bytes).ok()?));
    told.or_else(by_unmapping)
}

/// Finds out where there is no `/proc`: a part of a mapping is given back only where a page
/// begins. `None`: there is no memory for that.
fn by_unmapping() -> Option<u32> {
    const N: usize = 2 * (64 << 10);
    let at = map_anywhere(N, libc::PROT_NONE).ok()?;
    let mut left = N;
    let found = (LEAST.trailing_zeros()..N.trailing_zeros()).find(|&shift| {
        let page = 1 << shift;
        // SAFETY: mapped just now, and nobody has seen it.
        let is_one = unsafe { munmap(at + page, N - page) }.is_ok();
        if is_one {
            left = page;
        }
        is_one
    });
    // SAFETY: as above.
    let _ = unsafe { munmap(at, left) };
    found
}

#[cfg(test)]
mod tests {
    use super::{LEAST, MOST, ask, asked, by_unmapping, shift, shift_of};

    #[test]
    fn the_page_is_the_one_that_libc_tells() {
        // SAFETY: it has no arguments in memory.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
        assert_eq!(ask().map(|shift| 1 << shift), Some(page));
        assert_eq!((1 << asked(), 1 << shift()), (page, page));
        assert_eq!(shift_of(page), Some(shift()));
        // An emulator may give back smaller pieces than the page that it tells.
        let found = by_unmapping().unwrap();
        assert!(found == shift() || cfg!(target_arch = "aarch64") && found < shift());
    }

    #[test]
    fn no_other_size_is_that_of_a_page() {
        for bytes in [0, 1, 2048, LEAST + 1, 3 * LEAST, 2 * MOST, usize::MAX] {
            assert_eq!(shift_of(bytes), None, "{bytes}");
        }
    }
}
