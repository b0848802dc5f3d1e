//! Everything that a call which fails must leave as it is.

use super::Memory;
use super::failing::Failing;
use gosbrk::freelist::Block;
use gosbrk::os::Os;
use gosbrk::os::linux::Linux;
use gosbrk::{Sbrk, Stats};
use std::collections::BTreeMap;
use std::ptr::with_exposed_provenance_mut as pointer;

const PAGE: usize = 4096;
const ZEROS: [u8; PAGE] = [0; PAGE];
/// Ranges that the kernel reads in one call: `IOV_MAX`.
const AT_ONCE: usize = 1024;

/// The state of a layer, and all of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    breaks: [usize; 4],
    stats: Stats,
    list: Vec<Block>,
    head: usize,
    needs_zero: bool,
    names: Vec<(u64, u64)>,
    /// Pages that are not all zero, by offset. A page that cannot be read is
    /// empty.
    pages: BTreeMap<usize, Vec<u8>>,
}

/// A system under a layer that snapshots are taken of.
pub trait Shown: Os {
    /// Whether it can close a page to access.
    const CLOSES: bool;
}

impl Shown for Failing<Memory> {
    const CLOSES: bool = false;
}

impl Shown for Linux {
    const CLOSES: bool = true;
}

impl Snapshot {
    /// Of a layer as it is now.
    pub fn of<O: Shown>(layer: &Sbrk<O>) -> Self {
        let (base, end) = (layer.base(), layer.end());
        // What is resident and how many calls failed are no state.
        let stats = Stats { resident: 0, refusals: 0, ..layer.stats() };
        let resident = in_core(base, end - base);
        let touched = resident.iter().enumerate().filter(|(_, page)| *page & 1 == 1);
        let touched: Vec<_> = touched.map(|(i, _)| base + i * PAGE).collect();
        let open = if O::CLOSES { open(&touched) } else { vec![true; touched.len()] };
        let pages = touched.iter().zip(open).filter_map(|(at, open)| {
            let mut bytes: &[u8] = &[];
            if open {
                // SAFETY: it is mapped and can be read, and the layer is not running.
                bytes = unsafe { std::slice::from_raw_parts(pointer(*at), PAGE) };
            }
            (bytes != ZEROS).then(|| (at - base, bytes.to_vec()))
        });
        Self {
            breaks: [base, layer.bloc(), layer.bloc_max(), end],
            stats,
            list: layer.mem_freelist().collect(),
            head: layer.mem_freelist_head(),
            needs_zero: layer.need_zero_after_sys_unused_os(),
            names: layer.by_name().iter().map(|row| (row.calls, row.bytes)).collect(),
            pages: pages.collect(),
        }
    }
}

impl Snapshot {
    /// Fails with what is different, unless nothing is.
    #[track_caller]
    pub fn assert_is(&self, before: &Self, what: impl Fn() -> String) {
        let without_pages =
            |of: &Self| format!("{:x?}", Self { pages: BTreeMap::new(), ..of.clone() });
        let page = |(offset, page)| (before.pages.get(offset) != Some(page)).then_some(*offset);
        let changed = self.pages.iter().find_map(page);
        let gone = before.pages.keys().find(|offset| !self.pages.contains_key(offset));
        let where_ =
            changed.or(gone.copied()).map_or(String::new(), |at| format!(", the page at +{at:#x}"));
        let [is, was] = [self, before].map(without_pages);
        assert!(self == before, "{}: something changed{where_}\nis  {is}\nwas {was}", what());
    }
}

/// Which pages of a range the kernel has given memory to; the others are zero.
fn in_core(at: usize, n: usize) -> Vec<u8> {
    let mut pages = vec![0; n.div_ceil(PAGE)];
    // SAFETY: the range is mapped, and there is a byte for each of its pages.
    let done = unsafe { libc::mincore(pointer(at), n, pages.as_mut_ptr()) };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
    pages
}

/// Which of these pages can be read; the others are closed to access. By way of the kernel,
/// so that a closed page is an answer and not a fault, and many at a time: it reads a byte
/// of each, and stops before the first that it cannot read.
fn open(pages: &[usize]) -> Vec<bool> {
    let this = libc::pid_t::try_from(std::process::id()).unwrap();
    let byte = |at: &usize| libc::iovec { iov_base: pointer(*at), iov_len: 1 };
    let (mut open, mut bytes) = (Vec::with_capacity(pages.len()), [0_u8; AT_ONCE]);
    while open.len() < pages.len() {
        let rest = &pages[open.len()..];
        let from: Vec<_> = rest.iter().take(AT_ONCE).map(byte).collect();
        let to = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: from.len() };
        // SAFETY: the kernel writes a byte for each of `from`, of which `bytes` has room.
        let got = unsafe {
            libc::process_vm_readv(this, &raw const to, 1, from.as_ptr(), from.len() as u64, 0)
        };
        let got = usize::try_from(got).unwrap_or(0);
        open.resize(open.len() + got, true);
        if got < from.len() {
            open.push(false);
        }
    }
    open
}
