//! A layer on the real kernel, and what can be seen of its memory.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "runs of calls under one promise")]

use gosbrk::os::linux::Linux;
use gosbrk::{Config, Error, Sbrk};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::with_exposed_provenance_mut as pointer;

pub const P: usize = 4096;
pub const MIB: usize = 1 << 20;

/// A layer that gives its segment back when the test ends.
pub struct Layer(pub Sbrk<Linux>);

impl Layer {
    /// In a process without huge pages, which the kernel may give to whoever does not ask.
    pub fn new(config: &Config) -> Self {
        huge_pages(false);
        let mut layer = Sbrk::new(Linux);
        // SAFETY: a layer of this test's own.
        unsafe { layer.init(config) }.unwrap();
        Self(layer)
    }

    pub fn alloc(&mut self, n: usize) -> Result<usize, Error> {
        // SAFETY: the tests use memory of their own only.
        unsafe { self.0.sys_alloc_os(n, b"") }
    }

    pub fn free(&mut self, v: usize, n: usize) {
        // SAFETY: as above.
        unsafe { self.0.sys_free_os(v, n) }.unwrap();
    }

    pub fn resident(&self) -> usize {
        self.0.stats().resident
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        // SAFETY: the test is over.
        unsafe { self.0.drop_segment() };
    }
}

/// Whether the kernel may give huge pages to this process.
pub fn huge_pages(may: bool) {
    let disable = libc::c_ulong::from(!may);
    // SAFETY: it only changes which pages the kernel takes.
    let failed = unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, disable, 0_u64, 0_u64, 0_u64) };
    assert_eq!(failed, 0, "PR_SET_THP_DISABLE");
}

/// Writes one byte on each page of a live region.
pub fn touch(at: usize, n: usize) {
    for page in (at..at + n).step_by(P) {
        // SAFETY: the test's own region.
        unsafe { pointer::<u8>(page).write_volatile(1) };
    }
}

pub fn first_byte(at: usize) -> u8 {
    // SAFETY: the test's own region.
    unsafe { pointer::<u8>(at).read_volatile() }
}

/// Runs `body` in a child process; gives the signal that killed it, or 0. Its
/// assertions are the test's.
pub fn signal_of(body: impl FnOnce()) -> i32 {
    // SAFETY: the child only touches memory and leaves.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            // The harness must not go on in the child as well.
            let held = catch_unwind(AssertUnwindSafe(body)).is_ok();
            libc::_exit(i32::from(!held));
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        if libc::WIFSIGNALED(status) {
            return libc::WTERMSIG(status);
        }
        assert_eq!(libc::WEXITSTATUS(status), 0, "an assertion has failed in the child");
        0
    }
}

/// A line of `/proc/self/smaps` for the mapping that holds an address.
pub fn smaps(at: usize, key: &str) -> String {
    let text = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut here = false;
    for line in text.lines() {
        if let Some((range, _)) = line.split_once(' ').filter(|(range, _)| range.contains('-')) {
            let (from, to) = range.split_once('-').unwrap();
            let [from, to] = [from, to].map(|hex| usize::from_str_radix(hex, 16).unwrap());
            here = (from..to).contains(&at);
        } else if here && line.starts_with(key) {
            return line.to_owned();
        }
    }
    panic!("no {key} for {at:#x} in smaps");
}
