//! A recording on a file system that has no shared mappings, as some of networks and of
//! virtual machines have none. Here it is one of the test's own, through FUSE.

mod common;
#[path = "unmapped/fuse.rs"]
mod fuse;

use common::trace::{LAST, Trace};
use common::{build, program, run, scratch, skip, text};
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

const WHAT: &str = "a recording on a file system without shared mappings";

/// More calls than there is room for in a window.
const CALLS: usize = 5000;

/// What the kernel says to a shared mapping of a file in this folder.
fn shared_mapping(folder: &Path) -> io::Result<()> {
    let path = folder.join("mapped");
    let file = File::options().create_new(true).read(true).write(true).open(&path)?;
    file.set_len(4096)?;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping, where the kernel likes; nobody uses it.
    let mapping = unsafe {
        libc::mmap(std::ptr::null_mut(), 4096, access, libc::MAP_SHARED, file.as_raw_fd(), 0)
    };
    let refused = io::Error::last_os_error();
    fs::remove_file(path)?;
    if mapping == libc::MAP_FAILED { Err(refused) } else { Ok(()) }
}

/// Records into such a file system and gives the path of a copy of the trace; nothing, with the
/// reason told, where none can be had.
fn recorded(program_: &Path, dir: &Path, allocates: bool) -> Option<PathBuf> {
    let folder = dir.join(format!("fuse-{allocates}"));
    fs::create_dir(&folder).unwrap();
    if let Err(error) = fuse::mount(&folder, allocates) {
        skip(WHAT, &format!("FUSE cannot be mounted: {error}"));
        return None;
    }
    let refused = shared_mapping(&folder).expect_err("the kernel maps it");
    assert_eq!(refused.raw_os_error(), Some(libc::ENODEV), "{refused}");
    let trace = folder.join("trace");
    let mut command = program(program_);
    command.env("GOSBRK", format!("trace={}", trace.display())).arg(format!("calls:{CALLS}"));
    let output = run(&mut command);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "");
    let copy = dir.join(format!("copy-{allocates}"));
    fs::copy(&trace, &copy).unwrap();
    Some(copy)
}

#[test]
fn every_call_is_written_where_nothing_can_be_mapped() {
    let dir = scratch("unmapped");
    let program = build(&dir, "record.c", &[]);
    for allocates in [true, false] {
        let (program, dir) = (program.clone(), dir.clone());
        // The mount is seen by this thread and its children, and goes with them.
        let thread = std::thread::spawn(move || recorded(&program, &dir, allocates));
        let Some(copy) = thread.join().unwrap() else { return };
        let trace = Trace::read(copy);
        assert_eq!(trace.field(20, 4) & 2, 2, "it says that each call was written by itself");
        let pairs = "alloc 4096 \"a page\" -> +0x0\nfree +0x0 4096\n".repeat(CALLS);
        let init = "init profile=plan9 start=0x0 initial=0x0 limit=0x0\n";
        assert_eq!(trace.text(), format!("{init}{pairs}"), "fallocate: {allocates}");
        assert_eq!(trace.slots.last().unwrap().kind, LAST);
    }
}
