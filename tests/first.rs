//! The first call of a process that has nothing left to give: no address space, no
//! open files. It gives nothing, says why, and the next one can succeed.

mod arena;

use arena::alone::alone;
use gosbrk::{Error, abi};
use std::process::Command;
use std::ptr::null;

fn alloc() -> usize {
    // SAFETY: no name is given.
    unsafe { abi::sysAllocOS(4096, null(), 0) }.addr()
}

/// Lowers a limit of this process, for good or until it is raised again.
fn limit(resource: libc::__rlimit_resource_t, most: u64) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel fills it in.
    assert_eq!(unsafe { libc::getrlimit(resource, &raw mut limit) }, 0);
    limit.rlim_cur = most.min(limit.rlim_max);
    // SAFETY: the kernel reads it.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const limit) }, 0);
}

/// Bytes of address space that this process has.
fn used() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 4096
}

/// The lock takes a page, and the segment its first one: with room for none, and with
/// room for the lock alone.
#[test]
fn without_address_space_it_gives_nothing() {
    alone("without_address_space_it_gives_nothing", || {
        // Nothing may be asked of the kernel between this look and the calls.
        let used = used();
        for room in [0, 4096] {
            limit(libc::RLIMIT_AS, used + room);
            let given = [alloc(), abi::gosbrk_base(), abi::gosbrk_bloc(), alloc()];
            let error = abi::gosbrk_last_error();
            // SAFETY: nobody uses a segment.
            let made = unsafe { abi::gosbrk_init(null()) };
            limit(libc::RLIMIT_AS, u64::MAX);
            assert_eq!((given, error), ([0; 4], Error::NoMem.code()), "room for {room} bytes");
            assert_eq!(made, Error::NoMem.code(), "room for {room} bytes");
        }
        assert_ne!(alloc(), 0);
        assert_eq!(abi::gosbrk_last_error(), 0);
    });
}

/// Each number of a configuration beyond those that the header has.
#[test]
fn a_configuration_that_makes_no_sense_is_refused() {
    alone("a_configuration_that_makes_no_sense_is_refused", || {
        // SAFETY: numbers, and with its size in it all zero asks for the defaults.
        let mut good: abi::GosbrkConfig = unsafe { std::mem::zeroed() };
        good.size = size_of_val(&good);
        let changes: [fn(&mut abi::GosbrkConfig); 6] = [
            |c| c.size -= 1,
            |c| c.profile = 3,
            |c| c.advice = 2,
            |c| c.misuse = 2,
            |c| c.check = 2,
            |c| c.initial = usize::MAX,
        ];
        for (i, change) in changes.into_iter().enumerate() {
            let mut bad = good;
            change(&mut bad);
            // SAFETY: nobody uses a segment.
            let made = unsafe { abi::gosbrk_init(&raw const bad) };
            assert_eq!(made, Error::Config.code(), "change {i}");
        }
        // SAFETY: as above.
        assert_eq!(unsafe { abi::gosbrk_init(&raw const good) }, 0);
    });
}

/// `GOSBRK` is read from a file. Where none can be opened it cannot be told whether
/// this process may follow it, so it does not; else it exits, as it cannot.
#[test]
fn without_files_the_environment_is_not_seen() {
    const FILES: &str = "GOSBRK_TEST_FILES";
    if let Ok(files) = std::env::var(FILES) {
        limit(libc::RLIMIT_NOFILE, files.parse().unwrap());
        let given = alloc() != 0 && abi::gosbrk_last_error() == 0;
        std::process::exit(i32::from(!given));
    }
    for (files, status) in [("0", 0), ("64", 2)] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "without_files_the_environment_is_not_seen", "--nocapture"]);
        let output = child.env("GOSBRK", "profile=nonsense").env(FILES, files).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{files} files: {output:?}");
    }
}
