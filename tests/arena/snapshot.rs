//! Everything that a call which fails must leave as it is.

use gosbrk::freelist::Block;
use gosbrk::os::Os;
use gosbrk::{Sbrk, Stats};
use std::collections::BTreeMap;
use std::ptr::with_exposed_provenance_mut as pointer;

const PAGE: usize = 4096;
const ZEROS: [u8; PAGE] = [0; PAGE];

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

impl Snapshot {
    /// Of a layer as it is now.
    pub fn of<O: Os>(layer: &Sbrk<O>) -> Self {
        let (base, end) = (layer.base(), layer.end());
        // What is resident and how many calls failed are no state.
        let stats = Stats { resident: 0, refusals: 0, ..layer.stats() };
        let resident = in_core(base, end - base);
        let touched = resident.iter().enumerate().filter(|(_, page)| *page & 1 == 1);
        let page = |(i, _)| {
            let offset = i * PAGE;
            let bytes = read(base + offset);
            (bytes != ZEROS).then_some((offset, bytes))
        };
        Self {
            breaks: [base, layer.bloc(), layer.bloc_max(), end],
            stats,
            list: layer.mem_freelist().collect(),
            head: layer.mem_freelist_head(),
            needs_zero: layer.need_zero_after_sys_unused_os(),
            names: layer.by_name().iter().map(|row| (row.calls, row.bytes)).collect(),
            pages: touched.filter_map(page).collect(),
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

/// The bytes of a page; none if it is closed to access. By way of the kernel, so
/// that a closed page is an answer and not a fault.
fn read(at: usize) -> Vec<u8> {
    let mut bytes = vec![0; PAGE];
    let to = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: PAGE };
    let from = libc::iovec { iov_base: pointer(at), iov_len: PAGE };
    let this = libc::pid_t::try_from(std::process::id()).unwrap();
    // SAFETY: the kernel writes at most a page into `bytes`.
    let got = unsafe { libc::process_vm_readv(this, &raw const to, 1, &raw const from, 1, 0) };
    bytes.truncate(usize::try_from(got).unwrap_or(0));
    bytes
}
