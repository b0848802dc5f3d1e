//! Each bad input of `docs/misuse.md` by itself, through the C functions, in a
//! process of its own: what it gives, what it says, and that nothing changes;
//! and what looks like misuse, but is not.
//!
//! Misuse is shown under both policies: one line on standard error and `SIGABRT`,
//! or NULL, a code and its text. What is no misuse is shown to be the same under
//! both.
//!
//! A long file, because it is a table: a test for each row, in the order of the page.

use gosbrk::Error;
use gosbrk::abi;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::ptr::{null, with_exposed_provenance_mut as pointer};

const P: usize = 4096;
/// Where the segment is in each of these processes.
const BASE: usize = 0x1_0000_0000;
const HUGE: usize = usize::MAX;

/// Tells a process which row it is for, under which policy.
const ROW: &str = "GOSBRK_TEST_ROW";
/// What it says when the row was made.
const DONE: &str = "row: done";

/// The texts and the names of the codes, to the letter: programs may look for
/// them.
const WORDS: [(Error, &str, &str); 10] = [
    (Error::NoMem, "GOSBRK_E_NOMEM", "out of memory: the kernel or a limit refused"),
    (Error::Zero, "GOSBRK_E_ZERO", "the size is 0"),
    (Error::Overflow, "GOSBRK_E_OVERFLOW", "the size does not fit the address space"),
    (Error::Range, "GOSBRK_E_RANGE", "the range is not inside memory that was handed out"),
    (
        Error::Unaligned,
        "GOSBRK_E_UNALIGNED",
        "the address or size is not a multiple of the page size",
    ),
    (Error::Align, "GOSBRK_E_ALIGN", "the alignment is not a power of two"),
    (Error::DoubleFree, "GOSBRK_E_DOUBLE_FREE", "the range is free already, in whole or in part"),
    (
        Error::Mismatch,
        "GOSBRK_E_MISMATCH",
        "the range runs over the end of its region, or is a part of it that is not whole pages",
    ),
    (
        Error::Corrupt,
        "GOSBRK_E_CORRUPT",
        "the header of a free block was overwritten (write after free)",
    ),
    (Error::Dirty, "GOSBRK_E_DIRTY", "free memory was written to (write after free)"),
];

fn words(error: Error) -> (&'static str, &'static str) {
    let (_, name, text) = WORDS.into_iter().find(|(known, ..)| *known == error).unwrap();
    (name, text)
}

/// The address of a page of the segment.
const fn at(page: usize) -> usize {
    BASE + page * P
}

fn alloc(n: usize) -> usize {
    // SAFETY: no name is given.
    unsafe { abi::sysAllocOS(n, null(), 0) }.addr()
}

/// Gives 0, as all that gives nothing.
fn free(v: usize, n: usize) -> usize {
    // SAFETY: the row's own memory, or nobody's, which is to be found out.
    unsafe { abi::sysFreeOS(pointer(v), n) };
    0
}

fn reserve(v: usize, n: usize) -> usize {
    // SAFETY: no name is given.
    unsafe { abi::sysReserveOS(pointer(v), n, null(), 0) }.addr()
}

/// Address and size that an aligned reservation gave.
fn reserve_aligned(size: usize, align: usize) -> (usize, usize) {
    let mut reserved = 1;
    // SAFETY: `reserved` is there to be written to.
    let p = unsafe { abi::sysReserveAlignedSbrk(size, align, &raw mut reserved) };
    (p.addr(), reserved)
}

/// The address, where the size must be 0 with it if it is.
fn aligned(size: usize, align: usize) -> usize {
    let (p, reserved) = reserve_aligned(size, align);
    assert_eq!(p == 0, reserved == 0);
    p
}

fn bloc() -> usize {
    abi::gosbrk_bloc()
}

fn last_error() -> i32 {
    abi::gosbrk_last_error()
}

fn fill(v: usize, n: usize, byte: u8) {
    // SAFETY: the row's own memory, or memory that is to be overwritten.
    unsafe { pointer::<u8>(v).write_bytes(byte, n) };
}

fn free_blocks() -> Vec<(usize, usize)> {
    let mut blocks = [abi::GosbrkBlock { addr: 0, size: 0 }; 16];
    // SAFETY: there is room for as many.
    let n = unsafe { abi::gosbrk_freelist(blocks.as_mut_ptr(), blocks.len()) };
    blocks[..n].iter().map(|block| (block.addr, block.size)).collect()
}

fn stats() -> abi::GosbrkStats {
    let mut stats = MaybeUninit::<abi::GosbrkStats>::zeroed();
    // SAFETY: it is as large as it says: 0 says so.
    unsafe { abi::gosbrk_get_stats(stats.as_mut_ptr()) };
    // SAFETY: filled in, and all zero would do.
    unsafe { stats.assume_init() }
}

/// All that can be seen from outside, and every byte.
fn seen() -> (Vec<usize>, Vec<(usize, usize)>, Vec<u8>) {
    let (base, end) = (abi::gosbrk_base(), abi::gosbrk_blocMax());
    let stats = stats();
    // SAFETY: mapped up to the end, and nobody writes.
    let bytes = unsafe { std::slice::from_raw_parts(pointer::<u8>(base), end - base) };
    let numbers = vec![base, bloc(), end, stats.in_use, stats.free, stats.high_water];
    (numbers, free_blocks(), bytes.to_vec())
}

/// Seven pages: two live in one region, one free, one live, one free, one live;
/// the break; and two above it that were a region.
fn stage() {
    for (page, n) in [(0, 2), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2)] {
        assert_eq!(alloc(n * P), at(page));
        fill(at(page), n * P, 0xA5);
    }
    for (page, n) in [(6, 2), (2, 1), (4, 1)] {
        free(at(page), n * P);
    }
    assert_eq!((bloc(), abi::gosbrk_blocMax(), last_error()), (at(6), at(8), 0));
    assert_eq!(free_blocks(), [(at(2), P), (at(4), P)]);
}

/// Two live pages, each a region, and the break.
fn two_live() {
    assert_eq!((alloc(P), alloc(P)), (at(0), at(1)));
    fill(at(0), 2 * P, 0xA5);
}

/// The stage, with a hole that an aligned reservation would fit if its size did
/// not wrap.
fn large_hole() {
    assert_eq!((alloc(8 * P), alloc(P)), (at(0), at(8)));
    fill(at(8), P, 0xA5);
    free(at(0), 8 * P);
}

/// Runs a row in a process of its own.
fn start(row: &str, policy: &str, settings: &str) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", row, "--nocapture", "--test-threads=1"]);
    child.env("GOSBRK", format!("base={BASE},misuse={policy},{settings}"));
    child.env(ROW, format!("{row} {policy}")).output().unwrap()
}

/// The policy under which this process is to run a row, if it is one for it.
fn policy_of(row: &str) -> Option<String> {
    let asked = std::env::var(ROW).ok()?;
    asked.strip_prefix(row)?.strip_prefix(' ').map(str::to_owned)
}

fn is_done(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout).contains(DONE)
}

/// Ends the process of a row.
fn done() -> ! {
    println!("{DONE}");
    std::process::exit(0)
}

/// A call that is misuse.
struct Refused {
    name: &'static str,
    settings: &'static str,
    error: Error,
    /// The call as the report names it.
    shown: &'static str,
    prepare: fn(),
    /// Gives what the call gives.
    call: fn() -> usize,
}

impl Refused {
    fn show(&self) {
        match policy_of(self.name).as_deref() {
            None => self.look(),
            Some("report") => self.report(),
            _ => {
                (self.prepare)();
                (self.call)();
                done();
            }
        }
    }

    /// From the process of the tests.
    fn look(&self) {
        let (name, text) = words(self.error);
        let output = start(self.name, "report", self.settings);
        assert!(output.status.success() && is_done(&output), "{}: {output:?}", self.name);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", self.name);
        let output = start(self.name, "abort", self.settings);
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{}: {output:?}", self.name);
        let line = format!("gosbrk: {}: {text} ({name})\n", self.shown);
        assert_eq!(String::from_utf8_lossy(&output.stderr), line);
        assert!(!is_done(&output));
    }

    /// In the process of the row.
    fn report(&self) {
        (self.prepare)();
        assert_eq!(last_error(), 0);
        let (before, refusals) = (seen(), stats().refusals);
        assert_eq!((self.call)(), 0);
        let code = last_error();
        assert_eq!((code, last_error()), (self.error.code(), 0), "asking clears it");
        let text = abi::gosbrk_error_text(code);
        // SAFETY: static words.
        assert_eq!(unsafe { CStr::from_ptr(text) }.to_str(), Ok(words(self.error).1));
        assert!(seen() == before, "something changed");
        assert_eq!(stats().refusals, refusals + 1);
        // The lock was released, and the heap goes on, or is given up for good.
        match self.error {
            Error::Corrupt => {
                let calls: [fn() -> usize; 4] =
                    [|| alloc(1), || reserve(0, 1), || aligned(P, P), || free(at(0), P)];
                for call in calls {
                    assert_eq!((call(), last_error()), (0, Error::Corrupt.code()));
                }
                assert!(seen() == before);
                assert_eq!(abi::gosbrk_check(), Error::Corrupt.code());
            }
            Error::Dirty => assert_eq!(abi::gosbrk_check(), Error::Dirty.code()),
            _ => {
                assert_eq!(abi::gosbrk_check(), 0);
                let p = alloc(P);
                assert_eq!((p == 0, last_error()), (false, 0));
                free(p, P);
                assert_eq!(last_error(), 0);
            }
        }
        done();
    }
}

/// What is no misuse: the same under both policies, without a word.
fn promised(name: &str, settings: &str, body: fn()) {
    if policy_of(name).is_some() {
        body();
        done();
    }
    for policy in ["report", "abort"] {
        let output = start(name, policy, settings);
        assert!(output.status.success() && is_done(&output), "{name}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
    }
}

/// A call that gives nothing for want of memory.
#[track_caller]
fn assert_gives_nothing(call: fn() -> usize, error: Error) {
    let before = seen();
    assert_eq!((call(), last_error()), (0, error.code()));
    assert!(seen() == before, "something changed");
}

/// A test of a call that is misuse.
macro_rules! refused {
    ($name:ident, $error:expr, $shown:expr, $prepare:expr, $call:expr) => {
        refused!($name, $error, $shown, $prepare, $call, "");
    };
    ($name:ident, $error:expr, $shown:expr, $prepare:expr, $call:expr, $settings:expr) => {
        #[test]
        fn $name() {
            Refused {
                name: stringify!($name),
                settings: $settings,
                error: $error,
                shown: $shown,
                prepare: $prepare,
                call: $call,
            }
            .show();
        }
    };
}

/// A test of what is no misuse.
macro_rules! promised {
    ($name:ident, $body:expr) => {
        promised!($name, "", $body);
    };
    ($name:ident, $settings:expr, $body:expr) => {
        #[test]
        fn $name() {
            promised(stringify!($name), $settings, $body);
        }
    };
}

// Sizes.

refused!(alloc_of_nothing, Error::Zero, "sysAllocOS(0)", two_live, || alloc(0));
refused!(alloc_of_nothing_below_a_live_page, Error::Zero, "sysAllocOS(0)", stage, || alloc(0));
refused!(
    alloc_that_rounds_up_to_nothing,
    Error::Overflow,
    "sysAllocOS(18446744073709551615)",
    stage,
    || alloc(HUGE)
);
refused!(
    alloc_that_would_move_the_break_down,
    Error::Overflow,
    "sysAllocOS(18446744073709547520)",
    stage,
    || alloc(HUGE - P + 1)
);
promised!(alloc_of_more_than_there_is, "limit=1M", || {
    stage();
    assert_gives_nothing(|| alloc(1 << 20), Error::NoMem);
    assert_gives_nothing(|| alloc(1 << 46), Error::NoMem);
    assert_eq!(alloc(P), at(2));
});
refused!(
    alloc_of_more_pages_than_32_bits_count,
    Error::Overflow,
    "sysAllocOS(281474976710656)",
    || assert_eq!(alloc(1), BASE),
    || alloc(1 << 48),
    "profile=wasm"
);

// The environment.

promised!(growth_into_what_is_somebody_elses, || {
    stage();
    let foreign = at(9);
    let (read_write, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_FIXED_NOREPLACE);
    let flags = flags | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: only where nothing is.
    let got = unsafe { libc::mmap(pointer(foreign), P, read_write, flags, -1, 0) };
    assert_eq!(got.addr(), foreign);
    fill(foreign, P, 0xF0);
    assert_gives_nothing(|| alloc(4 * P), Error::ForeignBreak);
    assert_gives_nothing(|| reserve(bloc(), 4 * P), Error::ForeignBreak);
    assert_gives_nothing(|| aligned(4 * P, P), Error::ForeignBreak);
    // SAFETY: mapped above.
    let bytes = unsafe { std::slice::from_raw_parts(pointer::<u8>(foreign), P) };
    assert!(bytes.iter().all(|&byte| byte == 0xF0));
    assert_eq!(alloc(3 * P), at(6), "up to it there is room");
});
promised!(call_before_anything_is_set_up, || {
    // In Go nil is where the break is then, and what is reserved there is lost.
    assert_eq!(reserve(0, 3 * P), BASE);
    assert_eq!((bloc(), abi::gosbrk_blocMax(), last_error()), (at(3), at(3), 0));
});

// Frees.

promised!(free_of_nil, || {
    stage();
    let before = seen();
    for n in [0, 1, P, HUGE] {
        assert_eq!((free(0, n), last_error()), (0, 0));
    }
    assert!(seen() == before);
});
refused!(free_of_nothing_at_the_break, Error::Zero, "sysFreeOS(0x100006000, 0)", stage, || {
    free(bloc(), 0)
});
refused!(free_of_nothing_that_is_live, Error::Zero, "sysFreeOS(0x100003000, 0)", stage, || {
    free(at(3), 0)
});
refused!(free_of_nothing_that_is_free, Error::Zero, "sysFreeOS(0x100002000, 0)", stage, || {
    free(at(2), 0)
});
refused!(
    free_of_nothing_inside_a_block,
    Error::Zero,
    "sysFreeOS(0x100001010, 0)",
    large_hole,
    || { free(at(1) + 16, 0) }
);
refused!(
    free_that_rounds_up_to_nothing,
    Error::Overflow,
    "sysFreeOS(0x100003000, 18446744073709551615)",
    stage,
    || free(at(3), HUGE)
);
refused!(
    free_from_above_round_to_the_break,
    Error::Range,
    "sysFreeOS(0x100007000, 18446744073709547520)",
    stage,
    || free(bloc() + P, P.wrapping_neg())
);
refused!(
    double_free_of_the_only_block,
    Error::DoubleFree,
    "sysFreeOS(0x100000000, 4096)",
    || {
        two_live();
        free(at(0), P);
    },
    || free(at(0), P)
);
refused!(
    double_free_of_a_block_between_others,
    Error::DoubleFree,
    "sysFreeOS(0x100002000, 4096)",
    || {
        stage();
        free(at(0), P);
    },
    || free(at(2), P)
);
refused!(
    double_free_of_a_block_that_was_merged,
    Error::DoubleFree,
    "sysFreeOS(0x100003000, 4096)",
    || {
        stage();
        free(at(3), P);
        assert_eq!(free_blocks(), [(at(2), 3 * P)]);
    },
    || free(at(3), P)
);
refused!(
    double_free_of_the_top,
    Error::DoubleFree,
    "sysFreeOS(0x100005000, 4096)",
    || {
        stage();
        free(at(5), P);
        assert_eq!(bloc(), at(5));
    },
    || free(at(5), P)
);
refused!(
    free_of_a_neighbour_too,
    Error::Mismatch,
    "sysFreeOS(0x100000000, 8192)",
    || {
        two_live();
        assert_eq!(alloc(P), at(2));
    },
    || free(at(0), 2 * P)
);
refused!(
    free_of_a_neighbours_first_bytes,
    Error::Mismatch,
    "sysFreeOS(0x100000000, 4097)",
    two_live,
    || free(at(0), P + 1)
);
refused!(
    free_of_a_part_by_an_uneven_size,
    Error::Mismatch,
    "sysFreeOS(0x100000000, 4095)",
    stage,
    || free(at(0), P - 1)
);
refused!(
    free_that_begins_in_a_free_block,
    Error::DoubleFree,
    "sysFreeOS(0x100002000, 8192)",
    stage,
    || free(at(2), 2 * P)
);
refused!(
    free_that_runs_into_a_free_block,
    Error::DoubleFree,
    "sysFreeOS(0x100003000, 8192)",
    stage,
    || free(at(3), 2 * P)
);
refused!(
    free_of_all_regions_up_to_the_break,
    Error::Mismatch,
    "sysFreeOS(0x100000000, 8192)",
    two_live,
    || free(at(0), bloc() - at(0))
);
promised!(free_of_a_part, || {
    stage();
    free(at(0), P);
    assert_eq!(free_blocks(), [(at(0), P), (at(2), P), (at(4), P)]);
    free(at(1), P);
    assert_eq!(free_blocks(), [(at(0), 3 * P), (at(4), P)]);
    assert_eq!((last_error(), abi::gosbrk_check()), (0, 0));
});
refused!(free_between_pages, Error::Unaligned, "sysFreeOS(0x100000010, 4096)", stage, || free(
    at(0) + 16,
    P
));
refused!(
    free_between_pages_up_to_the_break,
    Error::Unaligned,
    "sysFreeOS(0x100005010, 4080)",
    stage,
    || free(at(5) + 16, P - 16)
);
promised!(free_of_the_top_by_an_uneven_size, || {
    two_live();
    assert_eq!(alloc(2 * P - 100), at(2));
    free(at(2), 2 * P - 100);
    assert_eq!(
        (bloc(), free_blocks()),
        (at(4), vec![(at(2), 2 * P)]),
        "on the list, up to the break"
    );
    assert_eq!((last_error(), abi::gosbrk_check()), (0, 0));
});
promised!(free_of_the_top_above_a_free_block, || {
    two_live();
    free(at(0), P);
    free(at(1), P);
    assert_eq!((bloc(), free_blocks()), (at(1), vec![(at(0), P)]), "not one with the break");
    assert_eq!(alloc(2 * P), at(1));
});
promised!(growth_above_a_free_block_that_ends_at_the_break, || {
    two_live();
    free(at(1), P - 1);
    assert_eq!((alloc(2 * P), bloc()), (at(2), at(4)), "by all of the size");
    assert_eq!((aligned(2 * P, 4 * P), bloc()), (at(4), at(6)));
    assert_eq!(free_blocks(), [(at(1), P)]);
});
refused!(
    free_of_a_page_of_the_callers,
    Error::Range,
    "sysFreeOS(0x100000000, 4096)",
    || {
        // The first two pages of the segment are the caller's, and mapped.
        assert_eq!(alloc(P), at(2));
        fill(at(0), P, 0xCA);
    },
    || free(at(0), P),
    "start=8K"
);
refused!(free_of_what_is_not_mapped, Error::Range, "sysFreeOS(0x100100000, 4096)", stage, || free(
    at(256),
    P
));
refused!(free_below_the_segment, Error::Range, "sysFreeOS(0xfffff000, 4096)", stage, || free(
    BASE - P,
    P
));
refused!(free_above_the_break, Error::Range, "sysFreeOS(0x100007000, 4096)", stage, || {
    free(at(7), P)
});
refused!(free_across_the_break, Error::Range, "sysFreeOS(0x100005000, 8192)", stage, || {
    free(at(5), 2 * P)
});

// Reservations.

promised!(reserve_at_the_break, "limit=1M", || {
    stage();
    assert_eq!((reserve(bloc(), P), bloc()), (at(6), at(7)));
    assert_eq!((reserve(bloc(), 2 * P), bloc()), (at(7), at(9)));
    assert_gives_nothing(|| reserve(bloc(), 1 << 20), Error::NoMem);
});
refused!(reserve_of_nothing, Error::Zero, "sysReserveOS(0x0, 0)", stage, || reserve(0, 0));
refused!(
    reserve_of_nothing_at_the_break,
    Error::Zero,
    "sysReserveOS(0x100006000, 0)",
    stage,
    || reserve(bloc(), 0)
);
refused!(
    reserve_that_would_move_the_break_down,
    Error::Overflow,
    "sysReserveOS(0x100006000, 18446744073709547520)",
    stage,
    || reserve(bloc(), P.wrapping_neg())
);
promised!(reserve_elsewhere, || {
    stage();
    let before = seen();
    for hint in [at(2), at(3), bloc() + P, bloc() - 1, 1, HUGE] {
        for n in [0, 1, P, HUGE] {
            assert_eq!((reserve(hint, n), last_error()), (0, 0), "declined, which is no error");
        }
    }
    assert!(seen() == before);
});

// Aligned reservations.

refused!(aligned_by_0, Error::Align, "sysReserveAlignedSbrk(4096, 0)", stage, || aligned(P, 0));
refused!(
    aligned_by_no_power_of_two,
    Error::Align,
    "sysReserveAlignedSbrk(4096, 12288)",
    stage,
    || aligned(P, 3 * P)
);
promised!(aligned_by_less_than_a_page, || {
    large_hole();
    // A page more is taken from the list for the alignment, and goes back.
    assert_eq!(reserve_aligned(2 * P, 64), (at(5), 2 * P));
    assert_eq!(free_blocks(), [(at(0), 5 * P), (at(7), P)]);
    assert_eq!((last_error(), abi::gosbrk_check()), (0, 0));
});
refused!(
    aligned_size_that_is_not_whole_pages,
    Error::Unaligned,
    "sysReserveAlignedSbrk(4112, 4096)",
    large_hole,
    || aligned(P + 16, P)
);
refused!(
    aligned_size_of_nothing,
    Error::Zero,
    "sysReserveAlignedSbrk(0, 4096)",
    stage,
    || aligned(0, P)
);
refused!(
    aligned_size_that_wraps_to_a_small_block,
    Error::Overflow,
    "sysReserveAlignedSbrk(18446744073709539328, 16384)",
    large_hole,
    || aligned(HUGE - 4 * P + 1 + P, 4 * P)
);
refused!(
    aligned_size_that_would_move_the_break_down,
    Error::Overflow,
    "sysReserveAlignedSbrk(18446744073709539328, 4096)",
    stage,
    || aligned((3 * P).wrapping_neg(), P)
);
promised!(aligned_of_more_than_there_is, "limit=1M", || {
    stage();
    assert_gives_nothing(|| aligned(1 << 20, P), Error::NoMem);
    assert_gives_nothing(|| aligned(P, 1 << 30), Error::NoMem);
    assert_eq!(reserve_aligned(P, 8 * P), (at(8), P));
});

// Writes after free.

refused!(
    write_to_the_size_of_a_free_block,
    Error::Corrupt,
    "sysAllocOS(4096)",
    || {
        stage();
        fill(at(2) + 8, 1, 0xFF);
    },
    || alloc(P)
);
refused!(
    write_to_the_link_of_a_free_block,
    Error::Corrupt,
    "sysAllocOS(4096)",
    || {
        stage();
        fill(at(2), 8, 0);
    },
    || alloc(P)
);
refused!(
    write_to_a_header_that_a_free_goes_by,
    Error::Corrupt,
    "sysFreeOS(0x100003000, 4096)",
    || {
        stage();
        fill(at(4), 16, 0x41);
    },
    || free(at(3), P)
);
refused!(
    write_inside_a_free_block,
    Error::Dirty,
    "sysAllocOS(4096)",
    || {
        stage();
        fill(at(2) + 1000, 1, 1);
    },
    || alloc(P),
    "check=full"
);
refused!(
    write_above_the_break,
    Error::Dirty,
    "sysReserveOS(0x100006000, 4096)",
    || {
        stage();
        fill(at(6) + 1000, 1, 1);
    },
    || reserve(bloc(), P),
    "check=full"
);
promised!(write_inside_a_free_block_without_full_checks, || {
    stage();
    fill(at(2) + 1000, 1, 1);
    assert_eq!((alloc(P), last_error()), (at(2), 0), "calls look at headers only");
    free(at(2), P);
    fill(at(2) + 1000, 1, 1);
    assert_eq!(abi::gosbrk_check(), Error::Dirty.code(), "gosbrk_check looks at all of it");
});

/// The names of the tests above, from this file.
fn rows() -> Vec<String> {
    let text = include_str!("rows.rs");
    let (_, tests) = text.split_once("// Sizes.").unwrap();
    let (tests, _) = tests.split_once("/// The names of the tests above").unwrap();
    let named = |line: &str| line.trim().split(',').next().unwrap().to_owned();
    let mut rows = Vec::new();
    for part in tests.split("refused!(").flat_map(|part| part.split("promised!(")).skip(1) {
        rows.push(named(part.trim_start().lines().next().unwrap()));
    }
    rows
}

/// Every row of the document names tests that exist, and every test is named.
#[test]
fn the_document_and_the_tests_have_the_same_rows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/misuse.md");
    let document = std::fs::read_to_string(path).unwrap();
    let rows = rows();
    assert!(rows.len() > 50, "{rows:?}");
    let last = |line: &str| {
        line.trim().trim_end_matches('|').rsplit_once('|').map(|(_, last)| last.to_owned())
    };
    let table = document.lines().filter(|line| line.starts_with("| ")).filter_map(last);
    let cells: Vec<String> = table.collect();
    for row in &rows {
        assert!(cells.iter().any(|cell| cell.contains(&format!("`{row}`"))), "{row} is in no row");
    }
    for name in cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        let here = rows.iter().any(|row| row == name);
        let elsewhere = name.split_once(".rs: ").is_some_and(|(file, test)| {
            let file = format!("{}/{file}.rs", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {test}(")))
        });
        assert!(here || elsewhere, "{name} is named in docs/misuse.md, but is no test");
    }
}
