//! Which pages of the process are in memory: `PAGEMAP_SCAN`, an `ioctl` on
//! `/proc/self/pagemap`. It tells exactly what the kernel counts as resident, without the
//! page of zeros that stands for memory which was only read, and passes over what is empty.
//! Linux has it since 6.7.

use super::arch::ADDRESS_END;
use super::file::File;

/// Where the addresses of a program end, less the largest page.
pub const END: usize = ADDRESS_END - (64 << 10);
/// Bytes of a run of pages in the answer: its beginning, its end, what they are.
const RUN: usize = 24;

const PRESENT: u64 = 1 << 3;
const ZERO: u64 = 1 << 5;
/// `_IOWR('f', 16, struct pm_scan_arg)`.
const PAGEMAP_SCAN: usize = 3 << 30 | size_of::<Scan>() << 16 | (b'f' as usize) << 8 | 16;

/// `struct pm_scan_arg` of Linux.
#[repr(C)]
#[derive(Default)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    inverted: u64,
    mask: u64,
    anyof: u64,
    wanted: u64,
}

/// What tells the pages of the process.
#[derive(Debug)]
pub struct Pagemap(File);

impl Pagemap {
    /// `None`: there is none.
    #[must_use]
    pub fn open() -> Option<Self> {
        File::open(c"/proc/self/pagemap").ok().map(Self)
    }

    /// Shows the runs of resident pages in `[from, to)`: where each begins and ends. The kernel
    /// writes them to `runs`. `None`: it does not tell.
    #[inline(never)]
    #[must_use]
    pub fn resident(
        &self,
        from: usize,
        to: usize,
        runs: &mut [u8],
        mut show: impl FnMut(usize, usize),
    ) -> Option<()> {
        let mut at = from;
        while at < to {
            let mut scan = Scan {
                size: size_of::<Scan>() as u64,
                start: at as u64,
                end: to as u64,
                vec: runs.as_mut_ptr() as u64,
                vec_len: (runs.len() / RUN) as u64,
                inverted: ZERO,
                mask: PRESENT | ZERO,
                wanted: PRESENT,
                ..Scan::default()
            };
            // SAFETY: the kernel writes the struct, and as many runs as `vec` has room for.
            let found = unsafe { self.0.control(PAGEMAP_SCAN, &raw mut scan) }.ok()?;
            for run in runs.chunks_exact(RUN).take(found) {
                let mut words = run.chunks_exact(8).map(word);
                show(words.next()?, words.next()?);
            }
            let end = word(&scan.walk_end.to_ne_bytes());
            // It goes on, whatever the kernel says.
            if end <= at {
                return None;
            }
            at = end;
        }
        Some(())
    }
}

fn word(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | usize::from(byte))
}
