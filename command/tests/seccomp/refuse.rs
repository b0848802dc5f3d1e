//! Counts a program's system calls and refuses some of them.

use super::{Call, Ended, Watch, supervise};
use libc::{c_int, c_long};
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result};
use std::process::Command;

/// Error numbers by name.
pub const ERRORS: [(&str, c_int); 6] = [
    ("ENOMEM", libc::ENOMEM),
    ("EPERM", libc::EPERM),
    ("ENOSYS", libc::ENOSYS),
    ("EINVAL", libc::EINVAL),
    ("EAGAIN", libc::EAGAIN),
    ("EACCES", libc::EACCES),
];

// As the kernel's registers have them.
const DONTNEED: u32 = libc::MADV_DONTNEED.unsigned_abs();
const FREE: u32 = libc::MADV_FREE.unsigned_abs();
const FIXED: u32 = libc::MAP_FIXED.unsigned_abs();
const FUTEX_COMMAND: u32 = 0x7f;
const FUTEX_WAIT: u32 = libc::FUTEX_WAIT.unsigned_abs();

/// Calls that are counted together: all of one number, or those with a given argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    pub name: &'static str,
    number: c_long,
    /// The index of an argument, a mask, and the value of the masked bits.
    only: Option<(usize, u32, u32)>,
}

impl Kind {
    const fn all(name: &'static str, number: c_long) -> Self {
        Self { name, number, only: None }
    }

    const fn advice(name: &'static str, advice: u32) -> Self {
        Self { name, number: libc::SYS_madvise, only: Some((2, u32::MAX, advice)) }
    }

    pub const MMAP: Self = Self::all("mmap", libc::SYS_mmap);
    pub const MMAP_FIXED: Self =
        Self { name: "mmap(MAP_FIXED)", number: libc::SYS_mmap, only: Some((3, FIXED, FIXED)) };
    pub const MUNMAP: Self = Self::all("munmap", libc::SYS_munmap);
    pub const MADVISE: Self = Self::all("madvise", libc::SYS_madvise);
    pub const DONTNEED: Self = Self::advice("madvise(MADV_DONTNEED)", DONTNEED);
    pub const FREE: Self = Self::advice("madvise(MADV_FREE)", FREE);
    pub const MPROTECT: Self = Self::all("mprotect", libc::SYS_mprotect);
    pub const MREMAP: Self = Self::all("mremap", libc::SYS_mremap);
    pub const MINCORE: Self = Self::all("mincore", libc::SYS_mincore);
    pub const MSYNC: Self = Self::all("msync", libc::SYS_msync);
    pub const OPENAT: Self = Self::all("openat", libc::SYS_openat);
    pub const READ: Self = Self::all("read", libc::SYS_read);
    pub const PREAD: Self = Self::all("pread64", libc::SYS_pread64);
    pub const PRCTL: Self = Self::all("prctl", libc::SYS_prctl);
    pub const FUTEX_WAIT: Self = Self {
        name: "futex(FUTEX_WAIT)",
        number: libc::SYS_futex,
        only: Some((1, FUTEX_COMMAND, FUTEX_WAIT)),
    };

    fn matches(&self, call: &Call) -> bool {
        // Each is an int in the kernel's interface, so its low half is what counts.
        let low = |n: u64| n & u64::from(u32::MAX);
        let is = |(at, bits, want): (usize, u32, u32)| {
            low(call.args[at]) & u64::from(bits) == u64::from(want)
        };
        call.number == self.number && self.only.is_none_or(is)
    }
}

/// Which calls are refused, beginning with the n-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// The n-th and all after it.
    From,
    /// The n-th alone.
    Only,
}

/// A refusal: the n-th call of a kind gets an error, or all calls from there on.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    pub kind: Kind,
    pub error: (&'static str, c_int),
    pub span: Span,
    /// Counted from 1.
    pub n: usize,
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { kind, error, span, n } = self;
        match span {
            Span::From => write!(f, "{} to {} from call {n} on", error.0, kind.name),
            Span::Only => write!(f, "{} to call {n} of {} only", error.0, kind.name),
        }
    }
}

/// The Go runtime's first call. Earlier ones are made by the dynamic linker and libc,
/// where a program has C code, and are not counted.
const BEGIN: c_long = libc::SYS_sched_getaffinity;

/// Counts the calls of each kind since the runtime started.
struct Counter<'a> {
    kinds: &'a [Kind],
    begun: bool,
    calls: BTreeMap<Kind, usize>,
}

impl<'a> Counter<'a> {
    fn new(kinds: &'a [Kind]) -> Self {
        Self { kinds, begun: false, calls: kinds.iter().map(|&kind| (kind, 0)).collect() }
    }

    fn watch(&self) -> Watch {
        let mut numbers: Vec<_> = self.kinds.iter().map(|kind| kind.number).collect();
        numbers.push(BEGIN);
        Watch::Only(numbers)
    }

    /// Counts a call. Gives the kinds that it belongs to, with its number in each.
    fn count(&mut self, call: &Call) -> Vec<(Kind, usize)> {
        self.begun |= call.number == BEGIN;
        let kinds = self.kinds.iter().filter(|kind| self.begun && kind.matches(call));
        let mut numbered = Vec::new();
        for &kind in kinds {
            let n = self.calls.get_mut(&kind).unwrap();
            *n += 1;
            numbered.push((kind, *n));
        }
        numbered
    }
}

/// Runs a program, refuses nothing, and counts its calls.
pub fn count(command: Command, kinds: &[Kind]) -> (Ended, BTreeMap<Kind, usize>) {
    let mut counter = Counter::new(kinds);
    let watch = counter.watch();
    let ended = supervise(command, &watch, |call| {
        counter.count(call);
        None
    });
    (ended.unwrap(), counter.calls)
}

/// Runs a program with these refusals. Gives also how many calls were refused.
pub fn refuse(command: Command, refusals: &[Refusal]) -> (Ended, usize) {
    let kinds: Vec<_> = refusals.iter().map(|refusal| refusal.kind).collect();
    let mut counter = Counter::new(&kinds);
    let watch = counter.watch();
    let mut refused = 0;
    let ended = supervise(command, &watch, |call| {
        let numbered = counter.count(call);
        let hit = refusals.iter().find(|refusal| {
            numbered.iter().any(|&(kind, n)| {
                let hit = if refusal.span == Span::Only { n == refusal.n } else { n >= refusal.n };
                kind == refusal.kind && hit
            })
        });
        refused += usize::from(hit.is_some());
        hit.map(|refusal| refusal.error.1)
    });
    (ended.unwrap(), refused)
}
